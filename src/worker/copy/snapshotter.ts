import type { Position } from "../../model/log.ts";
import { performance } from "node:perf_hooks";
import { JflowError } from "../../util/errors.ts";
import type { LoggedOperation, SnapshotHead } from "../../replication/replication.ts";
import type { CountedSnapshot } from "../../storage/storage.ts";
import type { ExecutorHost } from "../executor-host.ts";
import type { ExecutorLane } from "./executor-lane.ts";
import type { History } from "../disk/history.ts";
import type { RecordLog } from "../disk/record-log.ts";
import { decodeExtra, encodeExtra } from "../disk/snapshot-extra.ts";
import type { SnapshotShelf } from "../disk/snapshot-shelf.ts";

/**
 * What a snapshot moves between: the executor's memory, the folder on disk, and the log it stands
 * for.
 */
export interface SnapshotterParts {
  readonly host: ExecutorHost;
  readonly lane: ExecutorLane;
  readonly shelf: SnapshotShelf;
  readonly log: RecordLog;
  readonly history: History;
}

/** A state that replaced the one before. */
export interface RestoredState {
  readonly snapshot: SnapshotHead;
  readonly operations: readonly LoggedOperation[];
}

/** Saves the executor's state, and replaces it by that of another copy. */
export class Snapshotter {
  readonly #parts: SnapshotterParts;
  readonly #ended = new AbortController();
  #restores = 0;

  constructor(parts: SnapshotterParts) {
    this.#parts = parts;
  }

  /**
   * Counts how often the state was replaced: what was read before and after does not fit together.
   */
  get restores(): number {
    return this.#restores;
  }

  /** Saves the state as of `mark` into a temp folder, durably, while no write runs. */
  take(mark: Position, operations: () => readonly LoggedOperation[]): Promise<SnapshotHead> {
    const { host, lane, shelf, history } = this.#parts;
    return lane.exclusively(async () => {
      if (history.mark.seq !== mark.seq) {
        throw new JflowError(
          "INTERNAL",
          `a snapshot of record ${mark.seq} was wanted of a state that has ${history.mark.seq}`,
        );
      }
      return shelf.take(mark, {
        write: async (folder) => host.instance.snapshot?.(folder),
        extra: () => encodeExtra({ history: history.mark.hash, operations: operations() }),
      });
    });
  }

  count(mark: Position): Promise<SnapshotHead> {
    return this.#parts.shelf.count(mark);
  }

  /** Copies a snapshot of another copy beside one's own, without loading it. */
  async fetch(target: string | undefined, mark: Position): Promise<SnapshotHead> {
    const counted = await this.#parts.shelf.fetch(known(target), mark, this.#ended.signal);
    return this.#parts.shelf.headOf(counted);
  }

  /**
   * Replaces state and log by the snapshot `mark` of the copy at `target`; `{0, 0}`: by nothing.
   */
  restore(target: string | undefined, mark: Position): Promise<RestoredState> {
    return this.#parts.lane.exclusively(async () => {
      this.#restores += 1;
      if (mark.seq === 0) return this.#startOver(mark);
      return this.#load(await this.#parts.shelf.fetch(known(target), mark, this.#ended.signal));
    });
  }

  /** What is being fetched is given up: the process ends. */
  close(): void {
    this.#ended.abort();
  }

  async #startOver(mark: Position): Promise<RestoredState> {
    const { host, shelf, log, history } = this.#parts;
    await shelf.clear();
    await log.reset(mark);
    await host.startOver();
    history.reset();
    return { snapshot: { ...mark, bytes: 0, loadMs: 0 }, operations: [] };
  }

  /**
   * The snapshot counts already: if the process dies here, it starts from it and discards a log
   * that does not fit.
   */
  async #load(counted: CountedSnapshot): Promise<RestoredState> {
    const { host, shelf, log, history } = this.#parts;
    const extra = decodeExtra(await counted.readExtra());
    await log.reset(counted.mark);
    const start = performance.now();
    await host.instance.restore?.(counted.path);
    shelf.loadMs = performance.now() - start;
    history.reset({ seq: counted.mark.seq, hash: extra.history });
    return { snapshot: shelf.headOf(counted), operations: extra.operations };
  }
}

function known(target: string | undefined): string {
  if (target === undefined)
    throw new JflowError("UNAVAILABLE", "it is not known where the other copy listens");
  return target;
}
