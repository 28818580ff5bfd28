import { act, type CopyState } from "../state/copy-state.ts";
import type { SnapshotHead } from "../protocol/record.ts";
import { KEPT_SNAPSHOTS } from "../../util/limits/shards.ts";

/**
 * The snapshot of the executor is complete. It stays in its temporary folder until the checkpoint
 * reaches its number (rule 22).
 */
export function noteSnapshotTaken(state: CopyState, snapshot: SnapshotHead): void {
  if (state.snapshotStage.kind === "taking") state.snapshotStage = { kind: "pending", snapshot };
}

/** The attempt failed. The next attempt is due when the log has grown by the same amount again. */
export function noteSnapshotFailed(state: CopyState): void {
  const { kind } = state.snapshotStage;
  if (kind === "taking" || kind === "counting" || kind === "fetching")
    state.snapshotStage = { kind: "none" };
}

/**
 * Counts the pending snapshot once the checkpoint, received from a primary, has reached its number.
 */
export function countPending(state: CopyState): void {
  const stage = state.snapshotStage;
  if (
    stage.kind !== "pending" ||
    !state.rules.mayCountSnapshot(stage.snapshot.seq, state.checkpoint)
  )
    return;
  const { seq, term } = stage.snapshot;
  state.snapshotStage = { kind: "counting" };
  act(state, { type: "countSnapshot", mark: { seq, term } });
}

/**
 * The snapshot is one of the two that are kept. The log before the older one is no longer needed.
 */
export function noteSnapshotCounted(state: CopyState, snapshot: SnapshotHead): void {
  const { kind } = state.snapshotStage;
  if (kind !== "counting" && kind !== "fetching") return;
  state.snapshotStage = { kind: "none" };
  const older = state.snapshots.filter((kept) => kept.seq < snapshot.seq);
  state.snapshots = [snapshot, ...older].slice(0, KEPT_SNAPSHOTS);
  const oldest = state.snapshots[KEPT_SNAPSHOTS - 1];
  if (!oldest || oldest.seq <= state.log.base.seq) return;
  state.log.trim(oldest.seq + 1);
  act(state, { type: "trimLog", below: oldest.seq + 1 });
}
