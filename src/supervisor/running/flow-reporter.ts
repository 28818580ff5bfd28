import type { FlowEvent } from "../../model/control/messages.ts";
import type { EventBody } from "../../model/control/events.ts";
import type { OperationEvent } from "../../model/supervisor.ts";
import { cleanText } from "../../util/text/terminal-text.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { readyEvent, replicaEvent, type Service } from "../describe/flow-events.ts";
import { flowEvent, noticeEvent, operationEvent } from "../describe/flow-journal.ts";
import {
  exitEvent,
  problemEvent,
  promotionEvent,
  stateEvent,
} from "../describe/replica-journal.ts";
import { describeState } from "../describe/replica-text.ts";
import { noticeStray } from "../describe/notices.ts";
import { findStrays } from "../disk/child-register.ts";
import { describeExit, type Exit } from "../decide/lifecycle/replica-state.ts";
import type { ShardFacts } from "../decide/shard-state.ts";
import type { Shard } from "../shards/shard.ts";
import { EventJournal } from "../journal/event-journal.ts";
import { OperationLog } from "../journal/operation-log.ts";
import { Watchers } from "./watchers.ts";

/** The steps of operations that a new watcher receives. */
const MAX_OPERATION_EVENTS = 100;

/** Reports what happens in the flow to the watchers and to the supervisor's own output. */
export class FlowReporter {
  readonly watchers = new Watchers();
  readonly journal = new EventJournal();
  readonly operations = new OperationLog();
  readonly #log: (text: string) => void;
  readonly #notices = new Set<string>();
  #operationEvents: readonly OperationEvent[] = [];
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
    this.happened(flowEvent("stopping", { reason: how, text: `the flow stops: ${how}` }));
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
    this.happened(noticeEvent(text));
    this.watchers.send({ type: "notice", text });
  }

  /**
   * Adds an event to the journal. An event of a replica is also in its output, where `jflow logs`
   * shows it.
   */
  happened(body: EventBody, replica?: ReplicaProcess): void {
    const event = this.journal.add(body);
    for (const text of replica === undefined ? [] : event.text.split("\n"))
      replica!.output.add({ at: new Date(event.at), stream: "event", text });
    this.watchers.send({ type: "event", event });
  }

  operation(event: OperationEvent): void {
    this.#operationEvents = [...this.#operationEvents, event].slice(-MAX_OPERATION_EVENTS);
    this.operations.add(event);
    const body = operationEvent(event);
    this.#log(body.text);
    this.happened(body);
    this.watchers.send(event);
  }

  /** Does nothing for a replica whose text is the same as before. */
  replicaChanged(replica: ReplicaProcess): void {
    const text = describeState(replica.state);
    if (this.#reported.get(replica.address) === text) return;
    this.#reported.set(replica.address, text);
    this.#log(`${replica.address} ${text}`);
    this.watchers.send(eventOf(replica));
    this.#happened(replica, stateEvent(replica.address, replica.state));
  }

  /** The process of a replica is gone. `replica` is still in the state before the exit. */
  exited(replica: ReplicaProcess, exit: Exit): void {
    this.#log(`${replica.address} ${describeExit(exit)}`);
    const { address, state, failure } = replica;
    this.#happened(replica, exitEvent(address, state, { exit, failure }));
    this.#ended.set(replica.processId ?? "", replica.address);
    // The search reads all of /proc, so the election of a new primary comes first.
    if (!this.#isStopping) setImmediate(() => this.#noticeStrays());
  }

  /** A replica lacks something although it runs, or, with null, does not any more. */
  problemChanged(replica: ReplicaProcess, problem: string | null): void {
    const body = problemEvent(replica.address, problem);
    this.#log(`${replica.address}: ${body.text}`);
    this.happened(body, replica);
    if (problem !== null) this.notice(`${replica.address}: ${problem}`);
  }

  /** Adds an event to the output of a copy that has become the primary. */
  shardsChanged(shards: readonly Shard[]): void {
    for (const { address, driver, copies } of shards) {
      const { primary, term } = driver.view;
      if (primary === null || this.#primaries.get(address) === primary.processId) continue;
      this.#primaries.set(address, primary.processId);
      const copy = copies.find(({ processId }) => processId === primary.processId);
      if (copy !== undefined) this.happened(promotionEvent(copy.address, address, term), copy);
    }
  }

  output(replica: ReplicaProcess, stream: "stdout" | "stderr", line: string): void {
    replica.output.add({ at: new Date(), stream, text: line });
    this.watchers.send({ type: "output", address: replica.address, stream, line });
  }

  /** `degraded`: the shards without a primary. */
  ready(service: Service, degraded: readonly ShardFacts[]): void {
    const addresses = degraded.map(({ address }) => address).join(", ");
    const text = degraded.length === 0 ? "ready" : `ready without ${addresses}`;
    this.#log(text);
    this.happened(flowEvent("ready", { reason: null, text: `the flow is ${text}` }));
    this.watchers.send(readyEvent(service, degraded));
  }

  failed(message: string, replicas: readonly ReplicaProcess[]): void {
    const tails = Object.fromEntries(
      replicas.map(({ address, lastExit }) => [address, lastExit?.tail ?? []]),
    );
    this.#log(`failed: ${message}`);
    this.happened(
      flowEvent("failed", { reason: message, text: `the start of the flow failed: ${message}` }),
    );
    this.watchers.send({ type: "failed", message, tails });
  }

  stopped(): void {
    this.#noticeStrays();
    this.watchers.send({ type: "stopped", notices: this.#lastNotices });
  }

  #happened(replica: ReplicaProcess, body: EventBody | null): void {
    if (body !== null) this.happened(body, replica);
  }

  #noticeStrays(): void {
    const strays = findStrays(this.#ended);
    this.#ended.clear();
    for (const stray of strays) this.notice(noticeStray(stray));
  }

  /** The states and notices so far, for a new watcher. */
  history(replicas: readonly ReplicaProcess[]): readonly FlowEvent[] {
    const notices = [...this.#notices].map((text): FlowEvent => ({ type: "notice", text }));
    const events = this.journal.events.map((event): FlowEvent => ({ type: "event", event }));
    return [...replicas.map(eventOf), ...notices, ...this.#operationEvents, ...events];
  }
}

function eventOf({ address, state, failure }: ReplicaProcess): FlowEvent {
  return replicaEvent(address, state, failure);
}
