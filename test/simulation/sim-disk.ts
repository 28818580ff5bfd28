import type { Outcome, Position } from "../../src/model/shard/log.ts";
import type {
  CopyOptions,
  LoggedOperation,
  SnapshotHead,
} from "../../src/replication/replication.ts";
import type { Random } from "./random.ts";

/**
 * The payload handle of the simulation. Each arrival of a write makes a new one, so that the
 * payload of another write is noticed.
 */
export interface SimPayload {
  readonly write: string;
}

/** One record of a simulated log. */
export interface SimRecord extends Position {
  readonly operationId: string;
  readonly outcome: Outcome;
  readonly payload: SimPayload;
}

/** A counted snapshot: the state and, for the invariants, every record before it. */
export interface SimSnapshot {
  readonly head: SnapshotHead;
  readonly state: readonly string[];
  readonly operations: readonly LoggedOperation[];
  readonly history: readonly SimRecord[];
}

const RECORD_BYTES = 100;

/**
 * The workspace of one replica. `history` reaches back to the first record although the log was
 * trimmed, because the invariants check all of it.
 */
export class SimDisk {
  copyId: string;
  history: SimRecord[] = [];
  /** The log holds the records after this one. */
  base = 0;
  /** The number of records in the page cache, which survive the process. */
  written = 0;
  /** The number of fsynced records, which survive a power failure. */
  durable = 0;
  /** Newest first. */
  snapshots: SimSnapshot[] = [];
  checkpoint = 0;

  constructor(copyId: string) {
    this.copyId = copyId;
  }

  get last(): Position {
    return this.positionAt(this.history.length);
  }

  positionAt(seq: number): Position {
    const record = this.history[seq - 1];
    return record ? { seq: record.seq, term: record.term } : { seq: 0, term: 0 };
  }

  /**
   * Applies the end of the process. Written records stay. With a lost tail, a random part of the
   * records after the fsynced ones is lost.
   */
  loseProcess(random: Random, losesTail: boolean): void {
    const kept = losesTail ? random.between(this.durable, this.written) : this.written;
    this.history.length = kept;
    this.written = kept;
  }

  /**
   * Returns what a starting process finds: the snapshots from which the log continues, else the
   * newest one alone.
   */
  open(): { options: Omit<CopyOptions<SimPayload>, "processId">; state: string[] } {
    const [newest] = this.snapshots;
    if (newest && !this.#continuesFrom(newest.head)) this.reset(newest);
    this.snapshots = this.snapshots.filter((snapshot) => snapshot.head.seq >= this.base);
    this.base = this.snapshots.at(-1)?.head.seq ?? 0;
    const records = this.history
      .slice(this.base)
      .map((record) => ({ ...record, bytes: RECORD_BYTES }));
    return {
      options: {
        copyId: this.copyId,
        base: this.positionAt(this.base),
        records,
        snapshots: this.snapshots.map((snapshot) => snapshot.head),
        operations: newest?.operations ?? [],
        checkpoint: this.checkpoint,
      },
      state: [...(newest?.state ?? [])],
    };
  }

  /**
   * Makes the snapshot the state, with an empty log after it. Without a snapshot, the disk is
   * empty.
   */
  reset(snapshot: SimSnapshot | null): void {
    this.history = [...(snapshot?.history ?? [])];
    this.base = this.history.length;
    this.written = this.base;
    this.durable = this.base;
    this.snapshots = snapshot ? [snapshot] : [];
  }

  #continuesFrom(mark: Position): boolean {
    if (mark.seq < this.base || mark.seq > this.history.length) return false;
    return this.positionAt(mark.seq).term === mark.term;
  }
}
