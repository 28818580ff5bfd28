import type { VNode } from "preact";
import type { ReplicaStatus } from "../../model/control/status.ts";
import type { DeploymentStatus, FlowState } from "../../model/control/flow-state.ts";
import { formatBytes, formatCount, formatMs, formatRate, orDash } from "../view/format.ts";

interface GridOptions {
  readonly flow: FlowState;
  readonly selected: string | undefined;
  readonly onSelect: (address: string) => void;
}

/** One row for each shard of each deployment, and one cell for each replica. */
export function ShardGrid({ flow, selected, onSelect }: GridOptions): VNode {
  return (
    <div class="deployments">
      {flow.deployments.map((deployment) => (
        <section key={deployment.name} class="deployment" aria-label={deployment.name}>
          <h3>
            <span class={`dot ${deployment.health}`} aria-hidden="true" /> {deployment.name}{" "}
            <small>{summarize(deployment)}</small>
          </h3>
          {rowsOf(flow.replicas, deployment.name).map(([shard, replicas]) => (
            <div key={shard} class="shard">
              <div class="shard-name">{shard === "" ? "" : `shard ${shard}`}</div>
              <div class="cells">
                {replicas.map((replica) => (
                  <Cell
                    key={replica.address}
                    replica={replica}
                    isSelected={replica.address === selected}
                    onSelect={onSelect}
                  />
                ))}
              </div>
            </div>
          ))}
        </section>
      ))}
    </div>
  );
}

function summarize({ health, ready, replicas, docs, traffic }: DeploymentStatus): string {
  return [
    health,
    `${ready}/${replicas} ready`,
    ...(docs === null ? [] : [`${formatCount(docs)} documents`]),
    ...(traffic.queued === 0 ? [] : [`${formatCount(traffic.queued)} wait`]),
  ].join(" · ");
}

/** The replicas of a deployment by shard. */
function rowsOf(
  replicas: readonly ReplicaStatus[],
  deployment: string,
): readonly (readonly [shard: string, replicas: readonly ReplicaStatus[]])[] {
  const rows = new Map<string, ReplicaStatus[]>();
  for (const replica of replicas) {
    if (replica.executor !== deployment) continue;
    const shard = replica.shard === null ? "" : String(replica.shard);
    rows.set(shard, [...(rows.get(shard) ?? []), replica]);
  }
  return [...rows];
}

interface CellOptions {
  readonly replica: ReplicaStatus;
  readonly isSelected: boolean;
  readonly onSelect: (address: string) => void;
}

function Cell({ replica, isSelected, onSelect }: CellOptions): VNode {
  const { address, state, role, docs, qps, p99Ms, rssBytes, restarts, problem } = replica;
  return (
    <button
      type="button"
      class={`cell ${state}`}
      aria-pressed={isSelected}
      data-address={address}
      data-state={state}
      onClick={() => onSelect(address)}
    >
      <span class="cell-head">
        <b>{address}</b> {role === "primary" ? <abbr title="primary">P</abbr> : null}
      </span>
      <span class="cell-state">{problem ?? state}</span>
      <span class="cell-facts">
        {docs === null ? "" : `${formatCount(docs)} docs · `}
        {orDash(qps, formatRate)} · {orDash(p99Ms, formatMs)}
      </span>
      <span class="cell-facts">
        {orDash(rssBytes, formatBytes)}
        {restarts === 0 ? "" : ` · ${restarts} ${restarts === 1 ? "restart" : "restarts"}`}
      </span>
    </button>
  );
}
