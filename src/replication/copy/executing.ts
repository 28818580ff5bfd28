import type { Outcome } from "../../model/shard/log.ts";
import { act, die, noteElapsed, type CopyState } from "../state/copy-state.ts";
import type { CopyHeader } from "../protocol/messages.ts";
import type { LoggedOperation, SnapshotHead } from "../protocol/record.ts";

/**
 * Starts the next task of the executor other than a new write: a restore, else a snapshot, else the
 * next record of the log.
 */
export function startNext(state: CopyState): void {
  startRestore(state);
  startSnapshot(state);
  applyNext(state);
}

/**
 * A record was applied. If its outcome differs from the log, the state of this copy must not be
 * served.
 */
export function noteApplied(
  state: CopyState,
  seq: number,
  result: { outcome: Outcome; elapsedMs: number },
): void {
  const { activity } = state;
  if (activity.kind !== "applying" || activity.record.seq !== seq) return;
  state.activity = { kind: "idle" };
  state.applied = seq;
  noteElapsed(state, result.elapsedMs);
  if (result.outcome.kind === activity.record.outcome.kind) return;
  state.damage = "mismatch";
  if (state.role.kind === "primary" && state.role.lead.inSync.size > 1) {
    die(state, `record ${seq} had another outcome than its log holds`);
  } else if (state.role.kind === "following" && state.role.stream) {
    const { from, term, stream } = state.role.stream;
    act(state, {
      type: "send",
      to: from,
      message: { type: "mismatch", seq, ...copyHeader(state, { term, stream }) },
    });
  }
}

/** The state is now that of a snapshot, and the log is empty after it. */
export function noteRestored(
  state: CopyState,
  snapshot: SnapshotHead,
  operations: readonly LoggedOperation[],
): void {
  if (state.activity.kind !== "restoring") return;
  state.activity = { kind: "idle" };
  state.log.reset({ seq: snapshot.seq, term: snapshot.term });
  state.operations.reset(operations);
  state.snapshots = snapshot.seq === 0 ? [] : [snapshot];
  state.fsynced = snapshot.seq;
  state.applied = snapshot.seq;
  state.damage = "none";
  state.recordedCheckpoint = snapshot.seq;
  act(state, { type: "recordCheckpoint", checkpoint: snapshot.seq });
}

/** Returns the fields that every message of a copy carries. */
export function copyHeader(
  state: CopyState,
  { term, stream }: { term: number; stream: number },
): CopyHeader {
  return {
    copyId: state.copyId,
    processId: state.processId,
    term,
    stream,
    snapshot: state.snapshots[0] ?? null,
    snapshotting: state.snapshotStage.kind !== "none",
  };
}

function startRestore(state: CopyState): void {
  if (state.role.kind !== "following" || state.activity.kind !== "idle") return;
  if (state.snapshotStage.kind === "taking" || state.snapshotStage.kind === "counting") return;
  const { stream } = state.role;
  if (!stream?.restore) return;
  state.activity = { kind: "restoring" };
  state.snapshotStage = { kind: "none" };
  act(state, { type: "restore", from: stream.from, mark: stream.restore });
  stream.restore = null;
}

function startSnapshot(state: CopyState): void {
  const isExecuting = state.activity.kind !== "idle";
  if (state.snapshotStage.kind !== "wanted" || !state.rules.maySnapshot(isExecuting)) return;
  const mark = state.log.positionAt(state.applied);
  if (!mark || mark.seq === 0 || mark.seq === state.snapshots[0]?.seq) {
    state.snapshotStage = { kind: "none" };
    return;
  }
  state.snapshotStage = { kind: "taking" };
  act(state, { type: "snapshot", mark: { seq: mark.seq, term: mark.term } });
}

function applyNext(state: CopyState): void {
  if (state.activity.kind !== "idle" || state.snapshotStage.kind === "taking") return;
  const record = state.log.at(state.applied + 1);
  if (!record || record.seq > state.fsynced) return;
  state.activity = { kind: "applying", record };
  act(state, { type: "apply", record });
}
