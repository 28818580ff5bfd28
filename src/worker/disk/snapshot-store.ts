import type { Cancellation } from "../../wire/cancellation.ts";
import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import type { Position } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import type { SnapshotHead } from "../../replication/replication.ts";
import {
  type CountedSnapshot,
  type PendingSnapshot,
  type SnapshotOptions,
  Snapshots,
} from "../../storage/storage.ts";
import { KEPT_SNAPSHOTS } from "../../util/limits/shards.ts";
import { fetchSnapshot } from "../../wire/replication/connect-replication.ts";

/** The snapshots of a copy: taken, counted, fetched from another copy, and sent to one. */
export class SnapshotStore {
  readonly #snapshots: Snapshots;
  #pending: PendingSnapshot | undefined;
  /** The counted snapshots that are kept, newest first. */
  #kept: readonly CountedSnapshot[] = [];
  /** The duration of the last restore in milliseconds, 0 before the first. */
  loadMs = 0;

  private constructor(snapshots: Snapshots) {
    this.#snapshots = snapshots;
  }

  /** Removes what a crash left unfinished. */
  static async open(folder: string, options: SnapshotOptions): Promise<SnapshotStore> {
    const snapshots = await Snapshots.open(folder, options);
    await snapshots.discardPending();
    return new SnapshotStore(snapshots);
  }

  /** The size of the newest snapshot in bytes: about the size of the next one. */
  get newestBytes(): number {
    return this.#kept[0]?.bytes ?? 0;
  }
  get newestSeq(): number {
    return this.#kept[0]?.mark.seq ?? 0;
  }
  /** The size of all snapshots that are kept. */
  get keptBytes(): number {
    return this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Returns the counted snapshots that are whole, newest first. Damaged ones are reported and
   * removed.
   */
  async listWhole(): Promise<readonly CountedSnapshot[]> {
    const whole: CountedSnapshot[] = [];
    for (const snapshot of await this.#snapshots.list()) {
      if (await this.#snapshots.verify(snapshot)) whole.push(snapshot);
      else await this.#snapshots.remove(snapshot);
    }
    this.#kept = whole.slice(0, KEPT_SNAPSHOTS);
    return whole;
  }

  /**
   * Writes a snapshot into a temporary folder. The snapshot does not count yet. An earlier pending
   * snapshot is discarded.
   */
  async take(
    mark: Position,
    content: { write(folder: string): Promise<void>; extra(): Uint8Array },
  ): Promise<SnapshotHead> {
    await this.#pending?.discard();
    this.#pending = undefined;
    const pending = await this.#snapshots.begin({ seq: mark.seq, term: mark.term });
    try {
      await content.write(pending.path);
      await pending.finish(content.extra());
    } catch (error) {
      await pending.discard();
      throw error;
    }
    this.#pending = pending;
    return { ...pending.mark, bytes: this.newestBytes, loadMs: this.loadMs };
  }

  /** Counts the pending snapshot. */
  async count(mark: Position): Promise<SnapshotHead> {
    const pending = this.#pending;
    if (pending?.mark.seq !== mark.seq)
      throw new JflowError("INTERNAL", `no snapshot ${mark.seq} is pending`);
    this.#pending = undefined;
    return this.headOf(await this.#snapshots.count(pending));
  }

  /**
   * Fetches a counted snapshot of the worker at `target`. When the promise resolves, the snapshot
   * counts here too.
   */
  async fetch(target: string, mark: Position, signal: AbortSignal): Promise<CountedSnapshot> {
    const receiving = await this.#snapshots.receive();
    try {
      for await (const chunk of fetchSnapshot(target, { seq: mark.seq, term: mark.term }, signal))
        await receiving.write(chunk);
    } catch (error) {
      await receiving.discard();
      throw error;
    }
    const counted = await receiving.finish();
    if (counted.mark.seq !== mark.seq || counted.mark.term !== mark.term) {
      throw new JflowError(
        "DATA_LOSS",
        `${target} sent snapshot ${counted.mark.seq} instead of ${mark.seq}`,
      );
    }
    this.#keep(counted);
    return counted;
  }

  /** Returns the counted snapshots, newest first. */
  listCounted(): Promise<readonly CountedSnapshot[]> {
    return this.#snapshots.list();
  }

  /**
   * Yields the counted snapshot that another copy requests. Throws `NOT_FOUND` if it no longer
   * exists.
   */
  async *send(request: unknown, signal: Cancellation): AsyncIterable<SnapshotChunk> {
    if (!isPosition(request))
      throw new JflowError("INVALID_ARGUMENT", "the request names no snapshot");
    const found = (await this.#snapshots.list()).find(
      ({ mark }) => mark.seq === request.seq && mark.term === request.term,
    );
    if (found === undefined)
      throw new JflowError("NOT_FOUND", `snapshot ${request.seq} no longer exists`);
    for await (const chunk of this.#snapshots.send(found)) {
      if (signal.aborted) return;
      yield chunk;
    }
  }

  /** Removes all snapshots, durably, so that the copy starts empty. The log is already empty. */
  async clear(): Promise<void> {
    await this.#snapshots.clear();
    this.#pending = undefined;
    this.#kept = [];
  }

  headOf(counted: CountedSnapshot): SnapshotHead {
    if (counted.mark.seq >= this.newestSeq) this.#keep(counted);
    return { ...counted.mark, bytes: counted.bytes, loadMs: this.loadMs };
  }

  /** The newest snapshot replaces the oldest one, and all that are not before it. */
  #keep(newest: CountedSnapshot): void {
    const older = this.#kept.filter(({ mark }) => mark.seq < newest.mark.seq);
    this.#kept = [newest, ...older].slice(0, KEPT_SNAPSHOTS);
  }
}

function isPosition(value: unknown): value is Position {
  return typeof value === "object" && value !== null && "seq" in value && "term" in value;
}
