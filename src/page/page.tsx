import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { FlowState } from "../model/control/flow-state.ts";
import { connect, EMPTY } from "./connection.ts";
import { FlowGraph } from "./panels/flow-graph.tsx";
import { LineList } from "./panels/line-list.tsx";
import { Operations } from "./panels/operations.tsx";
import { ReplicaDetails } from "./panels/replica-details.tsx";
import { SearchBox } from "./panels/search-box.tsx";
import { ShardGrid } from "./panels/shard-grid.tsx";
import { formatTime } from "./view/format.ts";

/** The page of a running flow. */
export function Page(): VNode {
  const [state, setState] = useState(EMPTY);
  useEffect(() => connect(setState), []);
  const { flow, isConnected } = state;
  if (flow === undefined) return <p class="panel">Waiting for the supervisor…</p>;
  return (
    <>
      <Header flow={flow} isConnected={isConnected} />
      <Flow flow={flow} />
      <main class="columns">
        <Operations operations={flow.operations} deployments={flow.deployments} />
        <SearchBox endpoints={["/search"]} />
        <LineList
          title="Events"
          empty="No event yet."
          lines={state.events.map(({ id, at, subject, text, reason }) => ({
            key: id,
            time: formatTime(at),
            address: subject,
            text: reason === null ? text : `${text}: ${reason}`,
          }))}
        />
        <LineList
          title="Output"
          empty="No output since this page was opened."
          lines={state.output.map((line) => ({ ...line, isError: line.stream === "stderr" }))}
        />
      </main>
    </>
  );
}

function Header({ flow: { flow }, isConnected }: { flow: FlowState; isConnected: boolean }): VNode {
  return (
    <header>
      <h1>
        <span class={`dot ${flow.health}`} aria-hidden="true" /> {flow.name}
      </h1>
      <p>
        {flow.health}, {flow.state}
        {Object.entries(flow.gateway).map(([protocol, address]) => ` · ${protocol} ${address}`)}
      </p>
      <p role="status" class={isConnected ? "visually-hidden" : "lost"}>
        {isConnected ? "Connected" : "The supervisor does not answer. The page tries again."}
      </p>
    </header>
  );
}

function Flow({ flow }: { flow: FlowState }): VNode {
  const [selected, setSelected] = useState<string>();
  const replica = flow.replicas.find(({ address }) => address === selected);
  return (
    <>
      <section class="panel" aria-label="Flow">
        <FlowGraph deployments={flow.deployments} />
      </section>
      <section class="panel" aria-label="Shards and replicas">
        <ShardGrid flow={flow} selected={selected} onSelect={setSelected} />
      </section>
      {replica === undefined ? null : <ReplicaDetails replica={replica} />}
    </>
  );
}
