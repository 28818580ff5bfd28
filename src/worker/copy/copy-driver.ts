import type { RecordHead } from "../../model/log.ts";
import {
  openCopy,
  type Copy,
  type CopyAction,
  type CopyEvent,
  type CopyOptions,
  type RefusalReason,
} from "../../replication/replication.ts";
import type { CheckpointKeeper } from "../disk/checkpoint-keeper.ts";
import type { History } from "../disk/history.ts";
import type { RecordLog } from "../disk/record-log.ts";
import type { CopyLinks } from "./copy-links.ts";
import type { ExecutorLane } from "./executor-lane.ts";
import { LateTimers } from "./late-timers.ts";
import { MessageSender } from "./message-sender.ts";
import type { Outside } from "./outside.ts";
import type { Snapshotter } from "./snapshotter.ts";
import { SnapshotWork } from "./snapshot-work.ts";
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
  readonly links: CopyLinks;
  readonly outside: Outside;
}

type ActionOf<Type extends CopyAction["type"]> = Extract<CopyAction, { type: Type }>;
type Performers = { readonly [Type in CopyAction["type"]]: (action: ActionOf<Type>) => void };

interface Fed {
  readonly event: CopyEvent;
  /** Of the records in its message. */
  readonly payloads: readonly Uint8Array[];
}

/**
 * Feeds what happens to the decisions of the replication room, one event at a time, and carries out
 * what they want, in their order. All that takes time is begun here and comes back as an event.
 */
export class CopyDriver {
  readonly copy: Copy;
  readonly #parts: CopyParts;
  readonly #timers = new LateTimers((copyId) => this.feed({ type: "late", copyId }));
  readonly #sender: MessageSender;
  readonly #snapshots: SnapshotWork;
  readonly #performers: Performers;
  readonly #fed: Fed[] = [];
  #isBusy = false;
  #isFrozen = false;
  /** Payloads by sequence number: of the message in hand. */
  #arrived: ReadonlyMap<number, Uint8Array> = new Map();
  /** The write that has just run and is to be appended. */
  #ran: WaitingWrite | undefined;

  constructor(options: CopyOptions, parts: CopyParts) {
    this.copy = openCopy(options);
    this.#parts = parts;
    this.#sender = new MessageSender(parts.log, parts.links);
    this.#snapshots = new SnapshotWork(parts.snapshotter, {
      address: parts.address,
      outside: parts.outside,
      feed: (event) => this.feed(event),
      targetOf: (processId) => parts.links.targetOf(processId),
      isPrimary: () => this.copy.role === "primary",
    });
    this.#performers = this.#makePerformers();
  }

  /** Hands in an event; `payloads` are those of the records in its message. */
  feed(event: CopyEvent, payloads: readonly Uint8Array[] = []): void {
    if (this.#isFrozen) return;
    this.#fed.push({ event, payloads });
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#fed.shift(); next !== undefined; next = this.#fed.shift())
        this.#handle(next);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Takes no event and carries out no action any more: the process ends. */
  freeze(): void {
    this.#isFrozen = true;
    this.#fed.length = 0;
    this.#timers.close();
  }

  #handle({ event, payloads }: Fed): void {
    this.#arrived = pairPayloads(event, payloads);
    for (const action of this.copy.handle(event)) {
      if (this.#isFrozen) return;
      this.#perform(action.type, action);
    }
    this.#arrived = new Map();
  }

  #perform<Type extends CopyAction["type"]>(type: Type, action: ActionOf<Type>): void {
    this.#performers[type](action);
  }

  #makePerformers(): Performers {
    const { desk, checkpoint, links, log, outside } = this.#parts;
    return {
      hello: () => outside.recovered(),
      answerPosition: ({ term, position, blemish }) =>
        outside.notifyMaster({ type: "positionAnswered", term, position, blemish }),
      request: ({ request }) => outside.notifyMaster({ type: "requested", request }),
      rotation: () => outside.rotationChanged(),
      die: ({ reason }) => outside.died(reason),
      connect: ({ processId }) => links.connect(processId),
      disconnect: ({ processId }) => links.disconnect(processId),
      send: ({ to, message }) => this.#orDied(this.#sender.send(to, message)),
      run: ({ ticket }) => this.#run(desk.find(ticket)),
      append: ({ heads }) => this.#append(heads),
      sync: () => this.#orDiskFailed(this.#sync()),
      apply: ({ head }) => this.#apply(head),
      acknowledge: (action) => desk.acknowledge(action),
      refuse: ({ ticket, reason }) => desk.refuse(ticket, this.#explainRefusal(reason)),
      expect: ({ copyId, processId, afterMs }) =>
        this.#timers.expect(
          copyId,
          afterMs,
          processId === null ? undefined : links.pidOf(processId),
        ),
      expectNothing: ({ copyId }) => this.#timers.expectNothing(copyId),
      recordCheckpoint: (action) => checkpoint.record(action.checkpoint),
      snapshot: ({ mark }) =>
        this.#orDied(this.#snapshots.take(mark, () => this.copy.operationsAt(mark.seq))),
      countSnapshot: ({ mark }) => this.#orDied(this.#snapshots.count(mark)),
      fetchSnapshot: ({ from, mark }) => this.#orDied(this.#snapshots.fetch(from, mark)),
      restore: ({ from, mark }) => this.#orDied(this.#snapshots.restore(from, mark)),
      trimLog: ({ below }) => this.#orDiskFailed(log.trim(below)),
    };
  }

  #run(write: WaitingWrite): void {
    const ended = this.#parts.lane.run(write.call, (ran) => {
      this.#parts.desk.noteRan(write, ran);
      this.#ran = write;
      this.feed({
        type: "ran",
        operationId: write.operationId,
        outcome: ran.outcome,
        elapsedMs: ran.elapsedMs,
      });
    });
    this.#orDied(ended);
  }

  #append(heads: readonly RecordHead[]): void {
    const ran = this.#ran;
    this.#ran = undefined;
    try {
      this.#parts.log.append(heads, (head) => this.#payloadOf(head, ran));
    } catch (error) {
      this.#parts.outside.diskFailed(error);
      return;
    }
    const [first] = heads;
    if (ran !== undefined && first?.operationId === ran.operationId)
      this.#parts.history.note(first, ran.payload);
  }

  #payloadOf(head: RecordHead, ran: WaitingWrite | undefined): Uint8Array {
    const payload =
      ran?.operationId === head.operationId ? ran.payload : this.#arrived.get(head.seq);
    if (payload === undefined) throw new Error(`record ${head.seq} came without its payload`);
    return payload;
  }

  async #sync(): Promise<void> {
    const position = await this.#parts.log.sync();
    this.feed({ type: "fsynced", position });
  }

  #apply(head: RecordHead): void {
    const { lane, log } = this.#parts;
    const applied = lane.apply(
      head,
      () => log.payload(head.seq),
      ({ outcome, elapsedMs }) => {
        log.forget(head.seq);
        this.feed({ type: "applied", seq: head.seq, outcome, elapsedMs });
      },
    );
    this.#orDied(applied);
  }

  #explainRefusal(reason: RefusalReason): string {
    const { address } = this.#parts;
    return reason === "not-primary"
      ? `${address} is not the primary of its shard`
      : `${address} is being restored`;
  }

  #orDiskFailed(done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      if (!this.#isFrozen) this.#parts.outside.diskFailed(error);
    });
  }

  /** What must not fail did: the state can no longer be told from the log. */
  #orDied(done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      if (!this.#isFrozen)
        this.#parts.outside.died(
          error instanceof Error ? (error.stack ?? error.message) : String(error),
        );
    });
  }
}

/** Which payload belongs to which record of a message. */
function pairPayloads(
  event: CopyEvent,
  payloads: readonly Uint8Array[],
): ReadonlyMap<number, Uint8Array> {
  if (event.type !== "fromPrimary" || event.message.type !== "append") return new Map();
  const pairs = new Map<number, Uint8Array>();
  for (const [index, head] of event.message.heads.entries()) {
    const payload = payloads[index];
    if (payload !== undefined) pairs.set(head.seq, payload);
  }
  return pairs;
}
