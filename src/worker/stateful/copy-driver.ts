import { openCopy } from "../../replication/replication.ts";
import type { Copy, CopyAction, CopyEvent, CopyOptions, LoggedOperation, Position, RecordHead } from "../../replication/replication.ts";
import { toJflowError } from "../../model/errors.ts";
import type { CheckpointKeeper } from "./checkpoint-keeper.ts";
import type { CopyLinks } from "./copy-links.ts";
import type { ExecutorLane, RunEnd } from "./executor-lane.ts";
import type { History } from "./history.ts";
import { LateTimers } from "./late-timers.ts";
import type { RecordLog } from "./record-log.ts";
import type { Snapshotter } from "./snapshotter.ts";
import type { WaitingWrite, WriteDesk } from "./write-desk.ts";

/** What carries out a copy's decisions. */
export interface CopyParts {
  readonly address: string;
  readonly log: RecordLog;
  readonly history: History;
  readonly lane: ExecutorLane;
  readonly snapshotter: Snapshotter;
  readonly desk: WriteDesk;
  readonly checkpoint: CheckpointKeeper;
  /** Says what of the decisions concerns the world outside of this process. */
  readonly outside: Outside;
}

/** What a copy says to the rest of the worker. */
export interface Outside {
  /** The log is replayed and on disk. */
  recovered(): void;
  /** Says something to the supervisor's master; of the type `CopyNotice`. */
  notifyMaster(message: unknown): void;
  rotationChanged(): void;
  notice(text: string): void;
  /** The disk failed under the log: the process must end. */
  diskFailed(error: unknown): void;
  /** The copy must not go on. */
  died(reason: string): void;
}

type Performers = { readonly [Type in CopyAction["type"]]: (action: Extract<CopyAction, { type: Type }>) => void };

/**
 * Feeds what happens to the decisions of the replication room, one event at a time, and carries out what they want, in their order. All that
 * takes time is begun here and comes back as an event.
 */
export class CopyDriver {
  readonly copy: Copy;
  readonly #parts: CopyParts;
  readonly #links: CopyLinks;
  readonly #timers = new LateTimers((copyId) => this.feed({ type: "late", copyId }));
  readonly #events: { readonly event: CopyEvent; readonly payloads: readonly Uint8Array[] }[] = [];
  readonly #performers: Performers;
  #isBusy = false;
  #isFrozen = false;
  /** Payloads by sequence number: of the message in hand. */
  #arrived: ReadonlyMap<number, Uint8Array> = new Map();
  /** The write that has just run and is to be appended. */
  #ran: WaitingWrite | undefined;
  /** What a message still waits for that has to read its payloads, and those behind it. */
  #sending: Promise<void> | undefined;

  constructor(options: CopyOptions, parts: CopyParts, links: CopyLinks) {
    this.copy = openCopy(options);
    this.#parts = parts;
    this.#links = links;
    this.#performers = this.#makePerformers();
  }

  /** Hands in an event; `payloads` are those of the records in its message. */
  feed(event: CopyEvent, payloads: readonly Uint8Array[] = []): void {
    if (this.#isFrozen) return;
    this.#events.push({ event, payloads });
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#events.shift(); next !== undefined && !this.#isFrozen; next = this.#events.shift()) this.#handle(next);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Takes no event any more: the process ends. */
  freeze(): void {
    this.#isFrozen = true;
    this.#events.length = 0;
    this.#timers.close();
  }

  #handle({ event, payloads }: { event: CopyEvent; payloads: readonly Uint8Array[] }): void {
    this.#arrived = pairPayloads(event, payloads);
    for (const action of this.copy.handle(event)) this.#perform(action);
    this.#arrived = new Map();
  }

  #perform(action: CopyAction): void {
    if (this.#isFrozen) return;
    const perform = this.#performers[action.type] as (action: CopyAction) => void;
    perform(action);
  }

  #makePerformers(): Performers {
    const { desk, checkpoint, outside, snapshotter } = this.#parts;
    return {
      hello: () => outside.recovered(),
      answerPosition: ({ term, position, blemish }) => outside.notifyMaster({ type: "positionAnswered", term, position, blemish }),
      request: ({ request }) => outside.notifyMaster({ type: "requested", request }),
      connect: ({ processId }) => this.#links.connect(processId),
      disconnect: ({ processId }) => this.#links.disconnect(processId),
      send: (action) => this.#send(action),
      run: ({ ticket }) => this.#run(desk.find(ticket)),
      append: ({ heads }) => this.#append(heads),
      sync: () => this.#sync(),
      apply: ({ head }) => this.#apply(head),
      acknowledge: (action) => desk.acknowledge(action),
      refuse: ({ ticket, reason }) => desk.refuse(ticket, this.#explainRefusal(reason)),
      expect: ({ copyId, afterMs }) => this.#timers.expect(copyId, afterMs),
      expectNothing: ({ copyId }) => this.#timers.expectNothing(copyId),
      recordCheckpoint: (action) => checkpoint.record(action.checkpoint),
      snapshot: ({ mark }) => this.#takeSnapshot(mark),
      countSnapshot: ({ mark }) => this.#reportCounted(snapshotter.count(mark)),
      fetchSnapshot: ({ from, mark }) => this.#reportCounted(snapshotter.fetch(this.#links.targetOf(from), mark), "fetchFailed"),
      trimLog: ({ below }) => this.#orDiskFailed(this.#parts.log.trim(below)),
      restore: ({ from, mark }) => this.#restore(from, mark),
      rotation: () => outside.rotationChanged(),
      die: ({ reason }) => outside.died(reason),
    };
  }

  #run(write: WaitingWrite): void {
    const ended = this.#parts.lane.run(write.call, (ran) => {
      this.#parts.desk.noteRan(write, ran);
      this.#ran = write;
      this.feed({ type: "ran", operationId: write.operationId, outcome: ran.outcome, elapsedMs: ran.elapsedMs });
    });
    this.#orDied(ended);
  }

  #append(heads: readonly RecordHead[]): void {
    const ran = this.#ran;
    this.#ran = undefined;
    try {
      this.#parts.log.append(heads, (head) => this.#payloadOf(head, ran));
    } catch (error) {
      return this.#parts.outside.diskFailed(error);
    }
    const [first] = heads;
    if (ran !== undefined && first?.operationId === ran.operationId) this.#parts.history.note(first, ran.payload);
  }

  #payloadOf(head: RecordHead, ran: WaitingWrite | undefined): Uint8Array {
    const payload = ran?.operationId === head.operationId ? ran.payload : this.#arrived.get(head.seq);
    if (payload === undefined) throw new Error(`record ${head.seq} came without its payload`);
    return payload;
  }

  #sync(): void {
    this.#parts.log.sync().then(
      (position) => this.feed({ type: "fsynced", position }),
      (error: unknown) => this.#isFrozen || this.#parts.outside.diskFailed(error),
    );
  }

  #apply(head: RecordHead): void {
    const report = (ran: RunEnd): void =>
      this.feed({ type: "applied", seq: head.seq, outcome: ran.outcome, elapsedMs: ran.elapsedMs });
    this.#orDied(this.#parts.lane.apply(head, () => this.#parts.log.payload(head.seq), report));
  }

  /** Messages keep their order although some have to read payloads that are no longer in memory. */
  #send({ to, message }: Extract<CopyAction, { type: "send" }>): void {
    const seqs = message.type === "append" ? message.heads.map((head) => head.seq) : [];
    const cached = this.#parts.log.cachedPayloads(seqs);
    if (this.#sending === undefined && cached !== undefined) return this.#links.send(to, message, cached);
    const sending: Promise<void> = (this.#sending ?? Promise.resolve())
      .then(async () => this.#links.send(to, message, cached ?? (await this.#parts.log.payloads(seqs))))
      .then(() => {
        if (this.#sending === sending) this.#sending = undefined;
      });
    this.#sending = sending;
    this.#orDied(sending);
  }

  #takeSnapshot(mark: Position): void {
    this.#parts.snapshotter.take(mark, () => this.copy.operationsAt(mark.seq)).then(
      (snapshot) => this.feed({ type: "snapshotTaken", snapshot }),
      (error: unknown) => {
        const reason = toJflowError(error).message;
        this.#parts.outside.notice(`${this.#parts.address}: no snapshot was taken: ${reason}`);
        this.feed({ type: "snapshotFailed", reason });
      },
    );
  }

  #reportCounted(counted: ReturnType<Snapshotter["count"]>, onFailure?: "fetchFailed"): void {
    counted.then(
      (snapshot) => {
        this.feed({ type: "snapshotCounted", snapshot });
        this.#parts.outside.notifyMaster({ type: "snapshotCounted", seq: snapshot.seq });
      },
      (error: unknown) => {
        const reason = toJflowError(error).message;
        if (onFailure === undefined) this.feed({ type: "snapshotFailed", reason });
        else this.feed({ type: onFailure, reason });
      },
    );
  }

  #restore(from: string, mark: Position): void {
    const restored = this.#parts.snapshotter.restore(this.#links.targetOf(from), mark);
    restored.then(
      ({ snapshot, operations }: { snapshot: Parameters<typeof asRestored>[0]; operations: readonly LoggedOperation[] }) =>
        this.feed(asRestored(snapshot, operations)),
      (error: unknown) => {
        const reason = toJflowError(error).message;
        this.#parts.outside.notice(`${this.#parts.address}: the snapshot of the primary could not be restored: ${reason}`);
        this.feed({ type: "restoreFailed", reason });
      },
    );
  }

  #explainRefusal(reason: Extract<CopyAction, { type: "refuse" }>["reason"]): string {
    return reason === "not-primary" ? `${this.#parts.address} is not the primary of its shard` : `${this.#parts.address} is being restored`;
  }

  #orDiskFailed(done: Promise<unknown>): void {
    done.catch((error: unknown) => this.#isFrozen || this.#parts.outside.diskFailed(error));
  }

  /** What must not fail did: the state can no longer be told from the log. */
  #orDied(done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      if (!this.#isFrozen) this.#parts.outside.died(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  }
}

function asRestored(snapshot: Extract<CopyEvent, { type: "restored" }>["snapshot"], operations: readonly LoggedOperation[]): CopyEvent {
  return { type: "restored", snapshot, operations };
}

/** Which payload belongs to which record of a message. */
function pairPayloads(event: CopyEvent, payloads: readonly Uint8Array[]): ReadonlyMap<number, Uint8Array> {
  if (event.type !== "fromPrimary" || event.message.type !== "append") return new Map();
  const pairs = new Map<number, Uint8Array>();
  for (const [index, head] of event.message.heads.entries()) {
    const payload = payloads[index];
    if (payload !== undefined) pairs.set(head.seq, payload);
  }
  return pairs;
}
