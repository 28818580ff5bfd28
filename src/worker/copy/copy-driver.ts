import {
  Copy,
  type CopyAction,
  type CopyEvent,
  type CopyOptions,
  type RefusalReason,
} from "../../replication/replication.ts";
import type { CheckpointKeeper } from "../disk/checkpoint-keeper.ts";
import type { History } from "../disk/history.ts";
import type { PayloadHandle } from "../disk/payload-handle.ts";
import type { HandledRecord, RecordLog } from "../disk/record-log.ts";
import type { CopyLinks } from "../links/copy-links.ts";
import type { ApplyQueue } from "./apply-queue.ts";
import { LateTimers } from "./late-timers.ts";
import { MessageSender } from "../links/message-sender.ts";
import type { CopyReports } from "./copy-reports.ts";
import type { Snapshotter } from "./snapshotter.ts";
import { SnapshotWork } from "./snapshot-work.ts";
import type { UnansweredWrite, PendingWrites } from "./pending-writes.ts";

/** The collaborators that perform the decisions of a copy. */
export interface CopyDriverDeps {
  readonly address: string;
  readonly log: RecordLog;
  readonly history: History;
  readonly queue: ApplyQueue;
  readonly snapshotter: Snapshotter;
  readonly pending: PendingWrites;
  readonly checkpoint: CheckpointKeeper;
  readonly links: CopyLinks;
  readonly reports: CopyReports;
}

type Action = CopyAction<PayloadHandle>;
type Event = CopyEvent<PayloadHandle>;
type ActionOf<Type extends Action["type"]> = Extract<Action, { type: Type }>;
type Performers = { readonly [Type in Action["type"]]: (action: ActionOf<Type>) => void };

/**
 * Passes events to the decisions of `replication/`, one at a time, and performs the returned
 * actions in their order. Starts slow tasks without waiting for them. When a task ends, its result
 * is fed as an event.
 */
export class CopyDriver {
  readonly copy: Copy<PayloadHandle>;
  readonly #deps: CopyDriverDeps;
  readonly #timers = new LateTimers((copyId) => this.feed({ type: "late", copyId }));
  readonly #sender: MessageSender;
  readonly #snapshots: SnapshotWork;
  readonly #performers: Performers;
  readonly #fed: Event[] = [];
  #isBusy = false;
  #isFrozen = false;

  constructor(options: CopyOptions<PayloadHandle>, deps: CopyDriverDeps) {
    this.copy = new Copy(options);
    this.#deps = deps;
    this.#sender = new MessageSender(deps.log, deps.links);
    this.#snapshots = new SnapshotWork(deps.snapshotter, {
      address: deps.address,
      reports: deps.reports,
      feed: (event) => this.feed(event),
      targetOf: (processId) => deps.links.targetOf(processId),
      isPrimary: () => this.copy.role === "primary",
    });
    this.#performers = this.#makePerformers();
  }

  /** Passes an event to the decisions. */
  feed(event: Event): void {
    if (this.#isFrozen) return;
    this.#fed.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#fed.shift(); next !== undefined; next = this.#fed.shift())
        this.#handle(next);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Ignores all further events and actions. Called when the process is about to end. */
  freeze(): void {
    this.#isFrozen = true;
    this.#fed.length = 0;
    this.#timers.close();
  }

  #handle(event: Event): void {
    for (const action of this.copy.handle(event)) {
      if (this.#isFrozen) return;
      this.#perform(action.type, action);
    }
  }

  #perform<Type extends Action["type"]>(type: Type, action: ActionOf<Type>): void {
    this.#performers[type](action);
  }

  #makePerformers(): Performers {
    const { pending, checkpoint, links, log, reports } = this.#deps;
    return {
      hello: () => reports.recovered(),
      answerPosition: ({ term, position, damage }) =>
        reports.notifyMaster({ type: "positionAnswered", term, position, damage }),
      request: ({ request }) => reports.notifyMaster({ type: "requested", request }),
      rotation: () => reports.rotationChanged(),
      die: ({ reason }) => reports.died(reason),
      connect: ({ processId }) => links.connect(processId),
      disconnect: ({ processId }) => {
        links.disconnect(processId);
        this.#sender.forget(processId);
      },
      send: ({ to, message }) => this.#dieOnFailure(this.#sender.send(to, message)),
      run: ({ ticket }) => this.#run(pending.find(ticket)),
      append: ({ records }) => this.#append(records),
      sync: () => this.#reportDiskFailure(this.#sync()),
      apply: ({ record }) => this.#apply(record),
      acknowledge: (action) => pending.acknowledge(action),
      refuse: ({ ticket, reason }) => pending.refuse(ticket, this.#explainRefusal(reason)),
      expect: ({ copyId, processId, afterMs }) =>
        this.#timers.expect(
          copyId,
          afterMs,
          processId === null ? undefined : links.pidOf(processId),
        ),
      expectNothing: ({ copyId }) => this.#timers.expectNothing(copyId),
      recordCheckpoint: (action) => checkpoint.record(action.checkpoint),
      snapshot: ({ mark }) =>
        this.#dieOnFailure(this.#snapshots.take(mark, () => this.copy.operationsAt(mark.seq))),
      countSnapshot: ({ mark }) => this.#dieOnFailure(this.#snapshots.count(mark)),
      fetchSnapshot: ({ from, mark }) => this.#dieOnFailure(this.#snapshots.fetch(from, mark)),
      restore: ({ from, mark }) => this.#dieOnFailure(this.#snapshots.restore(from, mark)),
      trimLog: ({ below }) => this.#reportDiskFailure(log.trim(below)),
    };
  }

  #run(write: UnansweredWrite): void {
    const ended = this.#deps.queue.run(write.call, (ran) => {
      this.#deps.pending.noteRan(write, ran);
      this.feed({
        type: "ran",
        operationId: write.operationId,
        outcome: ran.outcome,
        elapsedMs: ran.elapsedMs,
      });
    });
    this.#dieOnFailure(ended);
  }

  #append(records: readonly HandledRecord[]): void {
    try {
      this.#deps.log.append(records);
    } catch (error) {
      this.#deps.reports.diskFailed(error);
      return;
    }
    // A primary runs a write before it appends the record, so `history` gets the record now. Any
    // other copy adds the record to `history` when it applies the record.
    if (this.copy.role !== "primary") return;
    for (const record of records) this.#deps.history.note(record, record.payload.bytes!);
  }

  async #sync(): Promise<void> {
    const position = await this.#deps.log.sync();
    this.feed({ type: "fsynced", position });
  }

  #apply(record: HandledRecord): void {
    const { queue, log, pending } = this.#deps;
    const applied = queue.apply(
      record,
      () => log.payload(record),
      (ran) => {
        const { outcome, elapsedMs } = ran;
        log.release(record);
        pending.noteApplied(record.operationId, ran);
        this.feed({ type: "applied", seq: record.seq, outcome, elapsedMs });
      },
    );
    this.#dieOnFailure(applied);
  }

  #explainRefusal(reason: RefusalReason): string {
    const { address } = this.#deps;
    return reason === "not-primary"
      ? `${address} is not the primary of its shard`
      : `${address} is being restored`;
  }

  #reportDiskFailure(done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      if (!this.#isFrozen) this.#deps.reports.diskFailed(error);
    });
  }

  /**
   * Ends the worker if `done` rejects. After such a failure, the log may no longer match the state
   * of the executor.
   */
  #dieOnFailure(done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      if (!this.#isFrozen)
        this.#deps.reports.died(
          error instanceof Error ? (error.stack ?? error.message) : String(error),
        );
    });
  }
}
