import { act, type CopyState } from "../state/copy-state.ts";
import type { SnapshotHead } from "../protocol/record.ts";
import { KEPT_SNAPSHOTS } from "../../util/limits/shards.ts";

/**
 * The executor's snapshot is whole; it stays in its temp folder until the checkpoint has reached
 * its number.
 */
export function noteSnapshotTaken(state: CopyState, snapshot: SnapshotHead): void {
  if (state.snapshotStage.kind === "taking") state.snapshotStage = { kind: "pending", snapshot };
}

/** The attempt came to nothing. The next one is due when as much log again has come. */
export function noteSnapshotFailed(state: CopyState): void {
  const { kind } = state.snapshotStage;
  if (kind === "taking" || kind === "counting" || kind === "fetching")
    state.snapshotStage = { kind: "none" };
}

/**
 * Has the pending snapshot renamed once the checkpoint, heard from a primary, has reached its
 * number.
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
 * A snapshot counts: it is one of the two that are kept, and the log before the older one is not
 * needed any more.
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
