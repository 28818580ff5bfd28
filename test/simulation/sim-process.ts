import type { Outcome, Position } from "../../src/model/shard/log.ts";
import {
  Copy,
  type CopyAction,
  type CopyEvent,
  type CopyMessage,
  type CopyRecord,
  type LoggedOperation,
  type MasterEvent,
  type MembershipAnswer,
  type PrimaryMessage,
  type Rules,
  type SnapshotHead,
} from "../../src/replication/replication.ts";
import type { SimDisk, SimPayload, SimSnapshot } from "./sim-disk.ts";

type SimAction = CopyAction<SimPayload>;
export type SimEvent = CopyEvent<SimPayload>;
export type SimMessage = PrimaryMessage<SimPayload>;

/** What the executor is at; a task is done in one step and reported in a later one. */
export type ExecutorTask =
  | { readonly kind: "run"; readonly operationId: string; outcome: Outcome | null }
  | { readonly kind: "apply"; readonly record: CopyRecord<SimPayload>; outcome: Outcome | null }
  | {
      readonly kind: "restore";
      readonly from: string;
      readonly mark: Position;
      fetched: SimSnapshot | null;
      isReset: boolean;
    };

export type SnapshotTask =
  | {
      readonly kind: "take";
      readonly mark: Position;
      readonly operations: readonly LoggedOperation[];
      taken: SimSnapshot | null;
    }
  | { readonly kind: "count"; readonly snapshot: SimSnapshot }
  | { readonly kind: "fetch"; readonly from: string; readonly mark: Position };

/** A link that a primary opened to another process. Messages may arrive after it was lost. */
export interface SimLink {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  isOpen: boolean;
  readonly toCopy: SimMessage[];
  readonly toPrimary: CopyMessage[];
}

export interface SimRequest {
  readonly operationId: string;
  readonly ticket: number;
}

/** Where a process's actions go beyond itself, and what the invariants want to see. */
export interface Surroundings {
  send(from: SimProcess, to: string, message: SimMessage | CopyMessage): void;
  disconnect(from: SimProcess, to: string): void;
  acknowledged(process: SimProcess, action: SimAction & { type: "acknowledge" }): void;
  refused(process: SimProcess, action: SimAction & { type: "refuse" }): void;
  isMember(copyId: string): boolean;
  appended(process: SimProcess): void;
  died(process: SimProcess, reason: string): void;
  count(what: string): void;
  fail(reason: string): never;
}

const COUNTED_ACTIONS: readonly string[] = [
  "run",
  "apply",
  "acknowledge",
  "countSnapshot",
  "fetchSnapshot",
  "trimLog",
  "restore",
] satisfies SimAction["type"][];

type ActionOf<Type extends SimAction["type"]> = Extract<SimAction, { type: Type }>;
type Performers = { readonly [Type in SimAction["type"]]: (action: ActionOf<Type>) => void };

/**
 * One process that holds a copy: the copy's decisions, an executor whose state is the list of
 * writes it ran, and what is under way.
 */
export class SimProcess {
  readonly id: string;
  readonly replica: number;
  readonly disk: SimDisk;
  readonly copy: Copy<SimPayload>;
  readonly state: string[];
  readonly around: Surroundings;
  isAlive = true;
  isStopped = false;
  /** Set by SIGKILL: it dies at some later step. */
  isKilled = false;
  hasSaidHello = false;
  /** The term of the last position that it answered. */
  answeredTerm = 0;
  /** Whether its copy was in the set then. */
  hasAnsweredAsMember = false;
  diedApplying: number | null = null;
  readonly orders: SimEvent[] = [];
  readonly answers: MembershipAnswer[] = [];
  readonly toSupervisor: MasterEvent[] = [];
  readonly requests: SimRequest[] = [];
  readonly wanted = new Set<string>();
  readonly timers = new Set<string>();
  executorTask: ExecutorTask | null = null;
  snapshotTask: SnapshotTask | null = null;
  pending: SimSnapshot | null = null;
  syncsWanted = 0;
  syncTarget: number | null = null;
  readonly synced: Position[] = [];
  isServing = false;
  readonly #performers: Performers;

  constructor(
    options: { id: string; replica: number; disk: SimDisk; rules: Rules },
    around: Surroundings,
  ) {
    this.id = options.id;
    this.replica = options.replica;
    this.disk = options.disk;
    this.around = around;
    const found = options.disk.open();
    this.state = found.state;
    this.copy = new Copy({ ...found.options, processId: options.id }, options.rules);
    this.#performers = this.#makePerformers();
    this.handle({ type: "started" });
  }

  get copyId(): string {
    return this.disk.copyId;
  }

  get canStep(): boolean {
    return this.isAlive && !this.isStopped;
  }

  handle(event: SimEvent): void {
    for (const action of this.copy.handle(event)) {
      if (!this.isAlive) return;
      this.#perform(action.type, action);
    }
  }

  #perform<Type extends SimAction["type"]>(type: Type, action: ActionOf<Type>): void {
    if (COUNTED_ACTIONS.includes(type)) this.around.count(type);
    this.#performers[type](action);
  }

  /**
   * Starts what takes time; a later step of the schedule does it, and a later one still reports it.
   */
  #makePerformers(): Performers {
    const { disk, around, id } = this;
    return {
      hello: ({ empty }) => {
        this.hasSaidHello = true;
        this.toSupervisor.push({
          type: "hello",
          processId: id,
          copyId: this.copyId,
          replica: this.replica,
          empty,
        });
      },
      answerPosition: (action) => {
        this.answeredTerm = action.term;
        // One that came to another outcome is passed over, and restored, even where it holds more.
        this.hasAnsweredAsMember = action.damage === "none" && around.isMember(this.copyId);
        this.toSupervisor.push({ ...action, type: "positionAnswered", processId: id });
      },
      request: ({ request }) => this.toSupervisor.push({ type: "requested", request }),
      connect: ({ processId }) => this.wanted.add(processId),
      disconnect: ({ processId }) => {
        this.wanted.delete(processId);
        around.disconnect(this, processId);
      },
      run: ({ operationId }) => this.#begin({ kind: "run", operationId, outcome: null }),
      append: ({ records }) => this.#append(records),
      sync: () => {
        this.syncsWanted += 1;
      },
      apply: ({ record }) => this.#begin({ kind: "apply", record, outcome: null }),
      send: ({ to, message }) => around.send(this, to, message),
      acknowledge: (action) => around.acknowledged(this, action),
      refuse: (action) => around.refused(this, action),
      expect: ({ copyId }) => this.timers.add(copyId),
      expectNothing: ({ copyId }) => this.timers.delete(copyId),
      recordCheckpoint: ({ checkpoint }) => {
        disk.checkpoint = checkpoint;
      },
      snapshot: ({ mark }) => {
        this.snapshotTask = {
          kind: "take",
          mark,
          operations: this.copy.operationsAt(mark.seq),
          taken: null,
        };
      },
      countSnapshot: ({ mark }) => {
        const { pending } = this;
        if (pending?.head.seq === mark.seq)
          this.snapshotTask = { kind: "count", snapshot: pending };
        else around.fail(`${id} counts a snapshot that is not pending`);
      },
      fetchSnapshot: ({ from, mark }) => {
        this.snapshotTask = { kind: "fetch", from, mark };
      },
      trimLog: ({ below }) => {
        disk.base = Math.max(disk.base, below - 1);
      },
      restore: ({ from, mark }) => {
        this.pending = null;
        this.#begin({ kind: "restore", from, mark, fetched: null, isReset: false });
      },
      rotation: ({ serving }) => {
        this.isServing = serving;
      },
      die: ({ reason }) => around.died(this, reason),
    };
  }

  #begin(task: ExecutorTask): void {
    if (this.executorTask)
      this.around.fail(
        `${this.id} begins to ${task.kind} while it is at ${this.executorTask.kind}`,
      );
    this.executorTask = task;
  }

  #append(records: readonly CopyRecord<SimPayload>[]): void {
    const { disk, around, id } = this;
    for (const { seq, term, operationId, outcome, payload } of records) {
      if (seq !== disk.history.length + 1)
        around.fail(`${id} appends ${seq} after ${disk.history.length}`);
      if (payload.write !== operationId)
        around.fail(`${id} appends ${operationId} with the payload of ${payload.write}`);
      disk.history.push({ seq, term, operationId, outcome, payload });
    }
    around.appended(this);
  }

  /** Adds a counted snapshot to the disk and says so. */
  count(snapshot: SimSnapshot): void {
    const older = this.disk.snapshots.filter((kept) => kept.head.seq < snapshot.head.seq);
    this.disk.snapshots = [snapshot, ...older].slice(0, 2);
    this.toSupervisor.push({ type: "snapshotCounted", processId: this.id, seq: snapshot.head.seq });
    this.handle({ type: "snapshotCounted", snapshot: snapshot.head });
  }

  /** The state as it is now, under the label of the mark. */
  capture(mark: Position, operations: readonly LoggedOperation[], loadMs: number): SimSnapshot {
    const head: SnapshotHead = { ...mark, bytes: 1, loadMs };
    return {
      head,
      state: [...this.state],
      operations,
      history: this.disk.history.slice(0, mark.seq),
    };
  }
}
