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

/** The task of the executor. One step performs it and a later one reports it. */
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

/**
 * The receiver of the actions of a process beyond itself, and of the facts that the invariants
 * need.
 */
export interface SimProcessDeps {
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
 * One process that holds a copy: its decisions, an executor whose state is the list of writes that
 * it ran, and its tasks.
 */
export class SimProcess {
  readonly id: string;
  readonly replica: number;
  readonly disk: SimDisk;
  readonly copy: Copy<SimPayload>;
  readonly state: string[];
  readonly deps: SimProcessDeps;
  isAlive = true;
  isStopped = false;
  /** Set by SIGKILL. The process ends at a later step. */
  isKilled = false;
  hasSaidHello = false;
  /** The term of the last position that it answered. */
  answeredTerm = 0;
  /** Whether its copy was in the set at that time. */
  hasAnsweredAsMember = false;
  diedApplying: number | null = null;
  readonly commands: SimEvent[] = [];
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
    deps: SimProcessDeps,
  ) {
    this.id = options.id;
    this.replica = options.replica;
    this.disk = options.disk;
    this.deps = deps;
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
    if (COUNTED_ACTIONS.includes(type)) this.deps.count(type);
    this.#performers[type](action);
  }

  /** Starts tasks that take time. A later step performs a task, and another one reports it. */
  #makePerformers(): Performers {
    const { disk, deps, id } = this;
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
        // A copy with another outcome is passed over and restored, even where it holds more.
        this.hasAnsweredAsMember = action.damage === "none" && deps.isMember(this.copyId);
        this.toSupervisor.push({ ...action, type: "positionAnswered", processId: id });
      },
      request: ({ request }) => this.toSupervisor.push({ type: "requested", request }),
      connect: ({ processId }) => this.wanted.add(processId),
      disconnect: ({ processId }) => {
        this.wanted.delete(processId);
        deps.disconnect(this, processId);
      },
      run: ({ operationId }) => this.#begin({ kind: "run", operationId, outcome: null }),
      append: ({ records }) => this.#append(records),
      sync: () => {
        this.syncsWanted += 1;
      },
      apply: ({ record }) => this.#begin({ kind: "apply", record, outcome: null }),
      send: ({ to, message }) => deps.send(this, to, message),
      acknowledge: (action) => deps.acknowledged(this, action),
      refuse: (action) => deps.refused(this, action),
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
        else deps.fail(`${id} counts a snapshot that is not pending`);
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
      die: ({ reason }) => deps.died(this, reason),
    };
  }

  #begin(task: ExecutorTask): void {
    if (this.executorTask)
      this.deps.fail(`${this.id} begins to ${task.kind} during ${this.executorTask.kind}`);
    this.executorTask = task;
  }

  #append(records: readonly CopyRecord<SimPayload>[]): void {
    const { disk, deps, id } = this;
    for (const { seq, term, operationId, outcome, payload } of records) {
      if (seq !== disk.history.length + 1)
        deps.fail(`${id} appends ${seq} after ${disk.history.length}`);
      if (payload.write !== operationId)
        deps.fail(`${id} appends ${operationId} with the payload of ${payload.write}`);
      disk.history.push({ seq, term, operationId, outcome, payload });
    }
    deps.appended(this);
  }

  /** Adds a counted snapshot to the disk and reports it. */
  count(snapshot: SimSnapshot): void {
    const older = this.disk.snapshots.filter((kept) => kept.head.seq < snapshot.head.seq);
    this.disk.snapshots = [snapshot, ...older].slice(0, 2);
    this.toSupervisor.push({ type: "snapshotCounted", processId: this.id, seq: snapshot.head.seq });
    this.handle({ type: "snapshotCounted", snapshot: snapshot.head });
  }

  /** Returns a snapshot of the present state as of `mark`. */
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
