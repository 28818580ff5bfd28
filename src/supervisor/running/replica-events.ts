import type { GatewayHello, WorkerHello } from "../../model/replica.ts";
import type { ReplicaListener } from "../children/replica-deps.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { ExitContext } from "../decide/lifecycle/lifecycle-events.ts";
import type { Exit } from "../decide/lifecycle/replica-state.ts";
import type { Shards } from "../shards/shards.ts";
import type { FlowFacts } from "./flow-facts.ts";
import type { FlowReporter } from "./flow-reporter.ts";

export interface ReplicaEventsDeps {
  readonly facts: FlowFacts;
  readonly reporter: FlowReporter;
  shards(): Shards;
  /** Returns whether the whole flow stops. */
  isStopping(): boolean;
  /** Reconciles after the current events. */
  changed(): void;
}

/** Passes the events of the replicas to the shards, the facts about the flow and the watchers. */
export class ReplicaEvents implements ReplicaListener {
  readonly #deps: ReplicaEventsDeps;

  constructor(deps: ReplicaEventsDeps) {
    this.#deps = deps;
  }

  changed(replica: ReplicaProcess): void {
    const { state } = replica;
    if (state.name === "stopping" || state.name === "draining")
      this.#deps.facts.markKilled(state.processId);
    this.#deps.reporter.replicaChanged(replica);
    this.#deps.changed();
  }

  started(replica: ReplicaProcess, processId: string): void {
    this.#deps.shards().started(replica, processId);
  }

  introduced(replica: ReplicaProcess, hello: WorkerHello | GatewayHello): void {
    const { facts, reporter } = this.#deps;
    facts.learn(replica, hello);
    if (hello.kind === "worker") {
      for (const text of hello.notices) reporter.notice(text);
      this.#deps.shards().introduced(replica, hello);
    }
    this.#deps.changed();
  }

  wrote(replica: ReplicaProcess, stream: "stdout" | "stderr", line: string): void {
    this.#deps.reporter.output(replica, stream, line);
  }

  foundStopped(replica: ReplicaProcess): void {
    this.#deps.shards().foundStopped(replica);
  }

  exited(replica: ReplicaProcess, processId: string, exit: Exit): void {
    if (replica.planned.part === "gateway") this.#deps.facts.traffic.clear();
    this.#deps.reporter.exited(replica, exit);
    this.#deps.shards().exited(replica, processId);
  }

  exitContext(replica: ReplicaProcess): Pick<ExitContext, "isFlowStopping" | "leaderless"> {
    const leaderless = this.#deps.shards().isLeaderless(replica);
    return { isFlowStopping: this.#deps.isStopping(), leaderless };
  }
}
