import { startNext } from "./copy/executing.ts";
import { mayServeFollowing, sendOwedAnswers } from "./copy/following.ts";
import { countPending } from "./copy/snapshotting.ts";
import { requestChanges } from "./primary/membership.ts";
import { giveTurns } from "./primary/snapshot-turns.ts";
import { sendStreams, updateExpectations } from "./primary/streaming.ts";
import { acknowledgeReached, advanceCheckpoint, runNext } from "./primary/writing.ts";
import { act, type CopyState } from "./state/copy-state.ts";
import type { Leadership } from "./state/leadership.ts";

/** Does everything that an event has made possible. */
export function settle(state: CopyState): void {
  if (state.role.kind === "primary") settlePrimary(state, state.role.lead);
  else startNext(state);
  if (state.role.kind === "starting") sayHello(state);
  // A copy leaves the rotation before it acknowledges records that it has not applied.
  updateRotation(state);
  sendOwedAnswers(state);
  countPending(state);
  recordCheckpoint(state);
}

function settlePrimary(state: CopyState, lead: Leadership): void {
  advanceCheckpoint(state, lead);
  acknowledgeReached(state, lead);
  requestChanges(state, lead);
  sendStreams(state, lead);
  giveTurns(state, lead);
  updateExpectations(state, lead);
  runNext(state, lead);
  startNext(state);
}

/** A copy whose log is replayed and fsynced is ready to be asked, greeted or promoted. */
function sayHello(state: CopyState): void {
  const { last } = state.log;
  if (state.fsynced < last.seq || state.applied < last.seq) return;
  state.role = { kind: "following", stream: null };
  act(state, {
    type: "hello",
    position: { seq: last.seq, term: last.term },
    empty: last.seq === 0,
  });
}

/**
 * After a crash, the log must still hold everything up to the recorded checkpoint. So the recorded
 * checkpoint never exceeds the last fsynced record.
 */
function recordCheckpoint(state: CopyState): void {
  const checkpoint = Math.min(state.checkpoint, state.fsynced);
  if (checkpoint <= state.recordedCheckpoint) return;
  state.recordedCheckpoint = checkpoint;
  act(state, { type: "recordCheckpoint", checkpoint });
}

function updateRotation(state: CopyState): void {
  const { role } = state;
  const isServing =
    role.kind === "primary"
      ? state.applied >= state.checkpoint
      : role.kind === "following" && mayServeFollowing(state, role.stream);
  if (isServing === state.isServing) return;
  state.isServing = isServing;
  act(state, { type: "rotation", serving: isServing });
}
