import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { ReplicaStatus } from "../../model/control/status.ts";
import { command, hasToken } from "../requests.ts";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatCpu,
  formatMs,
  orDash,
} from "../view/format.ts";

/** Shows the selected replica, and the button that restarts it. */
export function ReplicaDetails({ replica }: { replica: ReplicaStatus }): VNode {
  const facts = factsOf(replica);
  return (
    <section class="panel" aria-label={`Replica ${replica.address}`}>
      <h2>{replica.address}</h2>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {replica.lastExit === null ? null : <LastExit exit={replica.lastExit} />}
      {replica.external ? null : <RestartButton address={replica.address} />}
    </section>
  );
}

function factsOf(replica: ReplicaStatus): readonly (readonly [string, string])[] {
  const { state, role, problem, pid, port, docs, inflight, requests, errors } = replica;
  return [
    ["State", problem === null ? state : `${state}: ${problem}`],
    ["Role", role ?? "–"],
    ["Process", pid === null ? "–" : `${pid}, port ${port ?? "–"}`],
    ["Started", orDash(replica.startedAt, (at) => formatAge(at, Date.now()))],
    ["Documents", orDash(docs, formatCount)],
    ["Requests", `${formatCount(requests)}, ${formatCount(errors)} failed, ${inflight} in flight`],
    ["Latency", `p50 ${orDash(replica.p50Ms, formatMs)}, p99 ${orDash(replica.p99Ms, formatMs)}`],
    ["Memory", orDash(replica.rssBytes, formatBytes)],
    ["CPU", orDash(replica.cpu, formatCpu)],
    ["Restarts", String(replica.restarts)],
  ];
}

function LastExit({ exit }: { exit: NonNullable<ReplicaStatus["lastExit"]> }): VNode {
  const how = exit.signal ?? `code ${exit.code ?? "unknown"}`;
  return (
    <details>
      <summary>{`Last exit: ${how}, ${formatAge(exit.at, Date.now())}`}</summary>
      <pre tabIndex={0}>{exit.stderrTail.join("\n") || "no output on stderr"}</pre>
    </details>
  );
}

function RestartButton({ address }: { address: string }): VNode {
  const [answer, setAnswer] = useState("");
  const restart = async (): Promise<void> => {
    setAnswer("…");
    const reply = await command({ ask: "restart", addresses: [address] });
    setAnswer(reply.ok ? "The restart has begun." : reply.reason);
  };
  if (!hasToken())
    return <p class="hint">To restart a replica, open the address that jflow ui prints.</p>;
  return (
    <p>
      <button type="button" class="action" onClick={() => void restart()}>
        Restart
      </button>{" "}
      <span role="status">{answer}</span>
    </p>
  );
}
