import type { Position } from "../../model/shard/log.ts";
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

/** The collaborators of snapshots: the memory of the executor, the folder on disk, and the log. */
export interface SnapshotterDeps {
  readonly host: ExecutorHost;
  readonly queue: ApplyQueue;
  readonly snapshotStore: SnapshotStore;
  readonly log: RecordLog;
  readonly history: History;
}

/** The result of a restore: the state that replaced the previous one. */
export interface RestoredState {
  readonly snapshot: SnapshotHead;
  readonly operations: readonly LoggedOperation[];
}

/** Saves the state of the executor, and replaces the state with that of another copy. */
export class Snapshotter {
  readonly #deps: SnapshotterDeps;
  readonly #ended = new AbortController();
  #restores = 0;

  constructor(deps: SnapshotterDeps) {
    this.#deps = deps;
  }

  /**
   * The number of times that the state was replaced. If the number changes between two reads, their
   * results belong to different states.
   */
  get restores(): number {
    return this.#restores;
  }

  /** Saves the state as of `mark` into a temporary folder, durably, while no write runs. */
  take(mark: Position, operations: () => readonly LoggedOperation[]): Promise<SnapshotHead> {
    const { host, queue, snapshotStore, history } = this.#deps;
    return queue.exclusively(async () => {
      if (history.mark.seq !== mark.seq) {
        throw new JflowError(
          "INTERNAL",
          `cannot take a snapshot as of record ${mark.seq}: the state is as of record ${history.mark.seq}`,
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

  /** Fetches a snapshot of another copy, without loading it. */
  async fetch(target: string | undefined, mark: Position): Promise<SnapshotHead> {
    const counted = await this.#deps.snapshotStore.fetch(known(target), mark, this.#ended.signal);
    return this.#deps.snapshotStore.headOf(counted);
  }

  /**
   * Replaces state and log with the snapshot `mark` of the copy at `target`, or with an empty state
   * for `{0, 0}`.
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

  /** Cancels the current fetch. Called when the process is about to end. */
  close(): void {
    this.#ended.abort();
  }

  async #startOver(mark: Position): Promise<RestoredState> {
    const { host, snapshotStore, log, history } = this.#deps;
    // Reset the log first. A crash may leave a snapshot without a log, but not a trimmed log
    // without its snapshot.
    await log.reset(mark);
    await snapshotStore.clear();
    await host.startOver();
    history.reset();
    return { snapshot: { ...mark, bytes: 0, loadMs: 0 }, operations: [] };
  }

  /**
   * The snapshot counts already. A process that dies here starts from it and discards a log that
   * does not fit.
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
    throw new JflowError("UNAVAILABLE", "the address of the other copy is not known");
  return target;
}
