import type { Position } from "../../model/log.ts";
import { performance } from "node:perf_hooks";
import { JflowError } from "../../util/errors.ts";
import type { LoggedOperation, SnapshotHead } from "../../replication/replication.ts";
import type { CountedSnapshot } from "../../storage/storage.ts";
import type { ExecutorHost } from "../executor/executor-host.ts";
import type { ApplyQueue } from "./apply-queue.ts";
import type { History } from "../disk/history.ts";
import type { RecordLog } from "../disk/record-log.ts";
import { decodeExtra, encodeExtra } from "../disk/snapshot-extra.ts";
import type { SnapshotStore } from "../disk/snapshot-store.ts";

/**
 * What a snapshot moves between: the executor's memory, the folder on disk, and the log it stands
 * for.
 */
export interface SnapshotterDeps {
  readonly host: ExecutorHost;
  readonly queue: ApplyQueue;
  readonly snapshotStore: SnapshotStore;
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
  readonly #deps: SnapshotterDeps;
  readonly #ended = new AbortController();
  #restores = 0;

  constructor(deps: SnapshotterDeps) {
    this.#deps = deps;
  }

  /**
   * Counts how often the state was replaced: what was read before and after does not fit together.
   */
  get restores(): number {
    return this.#restores;
  }

  /** Saves the state as of `mark` into a temp folder, durably, while no write runs. */
  take(mark: Position, operations: () => readonly LoggedOperation[]): Promise<SnapshotHead> {
    const { host, queue, snapshotStore, history } = this.#deps;
    return queue.exclusively(async () => {
      if (history.mark.seq !== mark.seq) {
        throw new JflowError(
          "INTERNAL",
          `a snapshot of record ${mark.seq} was wanted of a state that has ${history.mark.seq}`,
        );
      }
      return snapshotStore.take(mark, {
        write: async (folder) => host.instance.snapshot?.(folder),
        extra: () => encodeExtra({ history: history.mark.hash, operations: operations() }),
      });
    });
  }

  count(mark: Position): Promise<SnapshotHead> {
    return this.#deps.snapshotStore.count(mark);
  }

  /** Copies a snapshot of another copy beside one's own, without loading it. */
  async fetch(target: string | undefined, mark: Position): Promise<SnapshotHead> {
    const counted = await this.#deps.snapshotStore.fetch(known(target), mark, this.#ended.signal);
    return this.#deps.snapshotStore.headOf(counted);
  }

  /**
   * Replaces state and log by the snapshot `mark` of the copy at `target`; `{0, 0}`: by nothing.
   */
  restore(target: string | undefined, mark: Position): Promise<RestoredState> {
    return this.#deps.queue.exclusively(async () => {
      this.#restores += 1;
      if (mark.seq === 0) return this.#startOver(mark);
      return this.#load(
        await this.#deps.snapshotStore.fetch(known(target), mark, this.#ended.signal),
      );
    });
  }

  /** What is being fetched is given up: the process ends. */
  close(): void {
    this.#ended.abort();
  }

  async #startOver(mark: Position): Promise<RestoredState> {
    const { host, snapshotStore, log, history } = this.#deps;
    // The log first: a snapshot alone is a state, a trimmed log without its snapshot is damage.
    await log.reset(mark);
    await snapshotStore.clear();
    await host.startOver();
    history.reset();
    return { snapshot: { ...mark, bytes: 0, loadMs: 0 }, operations: [] };
  }

  /**
   * The snapshot counts already: if the process dies here, it starts from it and discards a log
   * that does not fit.
   */
  async #load(counted: CountedSnapshot): Promise<RestoredState> {
    const { host, snapshotStore, log, history } = this.#deps;
    const extra = decodeExtra(await counted.readExtra());
    await log.reset(counted.mark);
    const start = performance.now();
    await host.instance.restore?.(counted.path);
    snapshotStore.loadMs = performance.now() - start;
    history.reset({ seq: counted.mark.seq, hash: extra.history });
    return { snapshot: snapshotStore.headOf(counted), operations: extra.operations };
  }
}

function known(target: string | undefined): string {
  if (target === undefined)
    throw new JflowError("UNAVAILABLE", "it is not known where the other copy listens");
  return target;
}
