import { act, type CopyState } from "../state/copy-state.ts";
import { isSnapshotDue } from "../state/costs.ts";
import type { Leadership, TrackedCopy } from "../state/leadership.ts";
import type { CopyMessage } from "../protocol/messages.ts";
import type { SnapshotHead } from "../protocol/record.ts";

/**
 * Gives the turn to take a snapshot. Copies take turns, so that at most one is out of the read
 * rotation. The turn goes to the member with the oldest snapshot among the due ones. With other
 * members, the primary takes over the snapshot of a copy. A primary without other members takes the
 * snapshot itself, and its writes wait.
 */
export function giveTurns(state: CopyState, lead: Leadership): void {
  endLostTurn(lead);
  const members = [...lead.members.values()].filter(
    (copy) => lead.inSync.has(copy.copyId) && copy.phase.kind === "streaming",
  );
  if (members.length > 0 && lead.turn === null) giveTurn(state, lead, members);
  if (
    state.snapshotStage.kind !== "none" ||
    !isDue(state, state.snapshots[0], lead.ownSnapshotTried)
  )
    return;
  if (members.length === 0 && lead.inSync.size === 1) {
    lead.ownSnapshotTried = state.log.last.seq;
    state.snapshotStage = { kind: "wanted" };
  } else {
    takeOverSnapshot(state, members);
  }
}

/** Every message of a copy states whether the copy is taking a snapshot. */
export function noteTurn(state: CopyState, lead: Leadership, message: CopyMessage): void {
  const { turn } = lead;
  if (!turn || turn.processId !== message.processId) return;
  if (message.snapshotting) turn.isAtIt = true;
  else if (turn.isAtIt) {
    const copy = lead.members.get(turn.copyId);
    if (copy) copy.snapshotTried = state.log.last.seq;
    lead.turn = null;
  }
}

function giveTurn(state: CopyState, lead: Leadership, members: readonly TrackedCopy[]): void {
  const [next] = members
    .filter((copy) => isDue(state, copy.snapshot ?? undefined, copy.snapshotTried))
    .toSorted((left, right) => (left.snapshot?.seq ?? 0) - (right.snapshot?.seq ?? 0));
  if (next?.phase.kind !== "streaming") return;
  const { processId } = next.phase;
  lead.turn = { copyId: next.copyId, processId, isAtIt: false };
  const { term, checkpoint } = state;
  act(state, {
    type: "send",
    to: processId,
    message: { type: "takeSnapshot", term, stream: next.stream, checkpoint },
  });
}

function takeOverSnapshot(state: CopyState, members: readonly TrackedCopy[]): void {
  const own = state.snapshots[0]?.seq ?? 0;
  for (const { phase, snapshot } of members) {
    if (phase.kind !== "streaming" || !snapshot || snapshot.seq <= own) continue;
    const position = state.log.positionAt(snapshot.seq);
    const isOurs = position !== undefined && state.rules.isSameRecord(position, snapshot);
    if (!isOurs || !state.rules.mayCountSnapshot(snapshot.seq, state.checkpoint)) continue;
    state.snapshotStage = { kind: "fetching" };
    const mark = { seq: snapshot.seq, term: snapshot.term };
    act(state, { type: "fetchSnapshot", from: phase.processId, mark });
    return;
  }
}

/** A copy loses its turn if it is lost, struck or greeted again. */
function endLostTurn(lead: Leadership): void {
  const { turn } = lead;
  if (!turn) return;
  const copy = lead.members.get(turn.copyId);
  const hasTurn = copy?.phase.kind === "streaming" && copy.phase.processId === turn.processId;
  if (!hasTurn) lead.turn = null;
}

/**
 * Returns whether a snapshot is due, counted from the `newest` or from `tried`, the end of the last
 * attempt.
 */
function isDue(state: CopyState, newest: SnapshotHead | undefined, tried: number): boolean {
  const from = Math.max(newest?.seq ?? 0, tried, state.log.base.seq);
  const last = state.log.last.seq;
  return isSnapshotDue({
    operations: last - from,
    msPerOperation: state.msPerOperation ?? 0,
    bytes: state.log.bytesBetween(from, last),
    snapshotBytes: newest?.bytes ?? 0,
  });
}
