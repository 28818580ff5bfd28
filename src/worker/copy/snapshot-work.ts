import type { Position } from "../../model/shard/log.ts";
import { toJflowError } from "../../util/errors.ts";
import type {
  CopyEvent,
  LoggedOperation,
  ProcessId,
  SnapshotHead,
} from "../../replication/replication.ts";
import type { CopyReports } from "./copy-reports.ts";
import type { Snapshotter } from "./snapshotter.ts";

/** The collaborators of work on snapshots. */
export interface SnapshotWorkDeps {
  readonly address: string;
  readonly reports: CopyReports;
  feed(event: CopyEvent<never>): void;
  targetOf(processId: ProcessId): string | undefined;
  isPrimary(): boolean;
}

/**
 * Performs the snapshot actions of the decisions. Reports each end as an event and, if a user
 * should know, as a notice.
 */
export class SnapshotWork {
  readonly #snapshotter: Snapshotter;
  readonly #reports: SnapshotWorkDeps;

  constructor(snapshotter: Snapshotter, reports: SnapshotWorkDeps) {
    this.#snapshotter = snapshotter;
    this.#reports = reports;
  }

  async take(mark: Position, operations: () => readonly LoggedOperation[]): Promise<void> {
    try {
      this.#reports.feed({
        type: "snapshotTaken",
        snapshot: await this.#snapshotter.take(mark, operations),
      });
    } catch (error) {
      this.#reports.feed({
        type: "snapshotFailed",
        reason: this.#notice("cannot take a snapshot", error),
      });
    }
  }

  async count(mark: Position): Promise<void> {
    try {
      this.#reportCounted(await this.#snapshotter.count(mark));
    } catch (error) {
      this.#reports.feed({
        type: "snapshotFailed",
        reason: this.#notice("cannot keep a snapshot", error),
      });
    }
  }

  async fetch(from: ProcessId, mark: Position): Promise<void> {
    try {
      this.#reportCounted(await this.#snapshotter.fetch(this.#reports.targetOf(from), mark));
    } catch (error) {
      this.#reports.feed({ type: "fetchFailed", reason: toJflowError(error).message });
    }
  }

  async restore(from: ProcessId, mark: Position): Promise<void> {
    try {
      const { snapshot, operations } = await this.#snapshotter.restore(
        this.#reports.targetOf(from),
        mark,
      );
      this.#reports.feed({ type: "restored", snapshot, operations });
    } catch (error) {
      this.#reports.feed({
        type: "restoreFailed",
        reason: this.#notice("cannot restore the snapshot of the primary", error),
      });
    }
  }

  #reportCounted(snapshot: SnapshotHead): void {
    this.#reports.feed({ type: "snapshotCounted", snapshot });
    // A held copy waits for a snapshot that it can be restored from: a snapshot of the primary.
    if (this.#reports.isPrimary())
      this.#reports.reports.notifyMaster({ type: "snapshotCounted", seq: snapshot.seq });
  }

  #notice(what: string, error: unknown): string {
    const { message } = toJflowError(error);
    this.#reports.reports.notice(`${this.#reports.address}: ${what}: ${message}`);
    return message;
  }
}
