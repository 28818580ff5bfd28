import type { FlowEvent } from "../../model/control.ts";
import type { OperationEvent } from "../../model/supervisor.ts";
import { cleanText } from "../../util/text/terminal-text.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { readyEvent, replicaEvent, type Service } from "../describe/flow-events.ts";
import { describeChange, describeEnd, describeState } from "../describe/replica-text.ts";
import { noticeStray } from "../describe/notices.ts";
import { findStrays } from "../disk/child-register.ts";
import { describeExit, type Exit } from "../decide/lifecycle/replica-state.ts";
import type { ShardFacts } from "../decide/shard-state.ts";
import type { Shard } from "../shards/shard.ts";
import { Watchers } from "./watchers.ts";

/** The steps of operations that a new watcher receives. */
const MAX_OPERATION_EVENTS = 100;

/** Reports what happens in the flow to the watchers and to the supervisor's own output. */
export class FlowReporter {
  readonly watchers = new Watchers();
  readonly #log: (text: string) => void;
  readonly #notices = new Set<string>();
  #operations: readonly OperationEvent[] = [];
  /** The notices since the stop of the flow began. */
  #lastNotices: string[] = [];
  #isStopping = false;
  /** The addresses of ended processes that may have left others behind, by process id. */
  readonly #ended = new Map<string, string>();
  /** The last text of each replica. */
  readonly #reported = new Map<string, string>();
  /** The process of the last primary of each shard. */
  readonly #primaries = new Map<string, string>();

  constructor(log: (text: string) => void) {
    this.#log = log;
  }

  log(text: string): void {
    this.#log(text);
  }

  /** The flow begins to stop. */
  stopping(how: string): void {
    this.#log(`stopping: ${how}`);
    this.#isStopping = true;
    this.#lastNotices = [];
  }

  /**
   * Shows a notice to the watchers, and later to each new watcher. A notice with the same text is
   * not shown again.
   */
  notice(given: string): void {
    const text = cleanText(given);
    if (this.#notices.has(text)) return;
    this.#notices.add(text);
    this.#lastNotices.push(text);
    this.#log(text);
    this.watchers.send({ type: "notice", text });
  }

  operation(event: OperationEvent): void {
    this.#operations = [...this.#operations, event].slice(-MAX_OPERATION_EVENTS);
    this.#log(`operation ${event.id} (${event.kind}) ${event.state}: ${event.text}`);
    this.watchers.send(event);
  }

  /** Does nothing for a replica whose text is the same as before. */
  replicaChanged(replica: ReplicaProcess): void {
    const text = describeState(replica.state);
    if (this.#reported.get(replica.address) === text) return;
    this.#reported.set(replica.address, text);
    this.#log(`${replica.address} ${text}`);
    this.watchers.send(eventOf(replica));
    addEvent(replica, describeChange(replica.address, replica.state));
  }

  /** The process of a replica is gone. `replica` is still in the state before the exit. */
  exited(replica: ReplicaProcess, exit: Exit): void {
    this.#log(`${replica.address} ${describeExit(exit)}`);
    addEvent(replica, describeEnd(replica.state, exit, replica.failure));
    this.#ended.set(replica.processId ?? "", replica.address);
    // The search reads all of /proc, so the election of a new primary comes first.
    if (!this.#isStopping) setImmediate(() => this.#noticeStrays());
  }

  /** A replica lacks something although it runs, or, with null, does not any more. */
  problemChanged(replica: ReplicaProcess, problem: string | null): void {
    const text = problem ?? "the problem is over: files can be opened again";
    this.#log(`${replica.address}: ${text}`);
    addEvent(replica, text);
    if (problem !== null) this.notice(`${replica.address}: ${problem}`);
  }

  /** Adds an event to the output of a copy that has become the primary. */
  shardsChanged(shards: readonly Shard[]): void {
    for (const { address, driver, copies } of shards) {
      const { primary, term } = driver.view;
      if (primary === null || this.#primaries.get(address) === primary.processId) continue;
      this.#primaries.set(address, primary.processId);
      const copy = copies.find(({ processId }) => processId === primary.processId);
      if (copy !== undefined) addEvent(copy, `promoted to primary of ${address}, term ${term}`);
    }
  }

  output(replica: ReplicaProcess, stream: "stdout" | "stderr", line: string): void {
    replica.output.add({ at: new Date(), stream, text: line });
    this.watchers.send({ type: "output", address: replica.address, stream, line });
  }

  /** `degraded`: the shards without a primary. */
  ready(service: Service, degraded: readonly ShardFacts[]): void {
    const addresses = degraded.map(({ address }) => address).join(", ");
    this.#log(degraded.length === 0 ? "ready" : `ready without ${addresses}`);
    this.watchers.send(readyEvent(service, degraded));
  }

  failed(message: string, replicas: readonly ReplicaProcess[]): void {
    const tails = Object.fromEntries(
      replicas.map(({ address, lastExit }) => [address, lastExit?.tail ?? []]),
    );
    this.#log(`failed: ${message}`);
    this.watchers.send({ type: "failed", message, tails });
  }

  stopped(): void {
    this.#noticeStrays();
    this.watchers.send({ type: "stopped", notices: this.#lastNotices });
  }

  #noticeStrays(): void {
    const strays = findStrays(this.#ended);
    this.#ended.clear();
    for (const stray of strays) this.notice(noticeStray(stray));
  }

  /** The states and notices so far, for a new watcher. */
  history(replicas: readonly ReplicaProcess[]): readonly FlowEvent[] {
    const notices = [...this.#notices].map((text): FlowEvent => ({ type: "notice", text }));
    return [...replicas.map(eventOf), ...notices, ...this.#operations];
  }
}

/** Adds an event to the output of a replica, where `jflow logs` shows it. */
function addEvent({ output }: ReplicaProcess, text: string | null): void {
  for (const line of text?.split("\n") ?? [])
    output.add({ at: new Date(), stream: "event", text: line });
}

function eventOf({ address, state, failure }: ReplicaProcess): FlowEvent {
  return replicaEvent(address, state, failure);
}
