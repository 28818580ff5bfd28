import { type Position, START } from "../../model/shard/log.ts";
import { assertNever } from "../../util/unreachable.ts";
import { act, type CopyState } from "../state/copy-state.ts";
import { isSnapshotCheaper, lateAfterMs } from "../state/costs.ts";
import { mayBeMember } from "./members.ts";
import {
  processOf,
  type CopyPhase,
  type Leadership,
  type TrackedCopy,
} from "../state/leadership.ts";
import { reject } from "./membership.ts";
import type { Damage, CopyMessage } from "../protocol/messages.ts";
import type { ProcessId } from "../protocol/record.ts";
import { noteTurn } from "./snapshot-turns.ts";

/** The maximum of unanswered records and bytes to one copy. */
const WINDOW = { records: 1_000, bytes: 8 * 1024 * 1024 };

/**
 * Takes the answer of a copy. An answer that concerns an older process, or an older stream, is
 * dropped (rule 23).
 */
export function takeAnswer(state: CopyState, lead: Leadership, message: CopyMessage): void {
  const copy = lead.members.get(message.copyId);
  if (!copy || message.term !== state.term) return;
  const known = { processId: processOf(copy.phase), stream: copy.stream };
  if (known.processId === null || !state.rules.isCurrentAnswer(message, known)) return;
  copy.snapshot = message.snapshot;
  noteTurn(state, lead, message);
  switch (message.type) {
    case "position":
      matchPosition(state, lead, copy, message);
      break;
    case "answer":
      if (copy.phase.kind === "streaming")
        copy.phase.position = Math.max(copy.phase.position, message.seq);
      break;
    case "progress":
      copy.progress = message.applied;
      break;
    case "mismatch":
      rejectOrRestore(state, lead, copy, "a record had another outcome than on the primary");
      break;
  }
}

/** Sends each copy the next records within its window, or the checkpoint alone. */
export function sendStreams(state: CopyState, lead: Leadership): void {
  for (const copy of lead.members.values()) {
    if (copy.phase.kind === "streaming") sendStream(state, lead, copy, copy.phase);
  }
}

/** Starts, restarts and ends the timers of the members that owe something. */
export function updateExpectations(state: CopyState, lead: Leadership): void {
  for (const copy of lead.members.values()) {
    const expectation = expectationOf(state, lead, copy);
    if (expectation === copy.expectation) continue;
    copy.expectation = expectation;
    if (expectation === null) act(state, { type: "expectNothing", copyId: copy.copyId });
    else {
      const processId = processOf(copy.phase);
      act(state, {
        type: "expect",
        copyId: copy.copyId,
        processId,
        afterMs: lateAfterMs(state.slowestMs),
      });
    }
  }
}

/**
 * Compares the last record of a copy with the log of the primary (rule 10). If the log holds it,
 * the stream starts after it. Otherwise the copy holds records that the primary does not, needs
 * records that are trimmed, or lacks acknowledged records.
 */
function matchPosition(
  state: CopyState,
  lead: Leadership,
  copy: TrackedCopy,
  answer: { readonly last: Position; readonly damage: Damage },
): void {
  const processId = processOf(copy.phase);
  if (processId === null || copy.phase.kind === "rejected") return;
  const isMember = mayBeMember(lead, copy);
  const misfit = findMisfit(state, isMember, answer);
  if (misfit !== null) rejectOrRestore(state, lead, copy, misfit);
  else if (!isMember && isRestoreCheaper(state, answer.last.seq)) restore(state, copy, processId);
  else {
    const { seq } = answer.last;
    copy.phase = { kind: "streaming", processId, position: seq, next: seq + 1, sentCheckpoint: -1 };
  }
}

/** Returns why a copy cannot be sent the stream, or `null` if it can. */
function findMisfit(
  state: CopyState,
  isMember: boolean,
  { last, damage }: { last: Position; damage: Damage },
): string | null {
  if (damage === "mismatch") return "a record had another outcome than its log holds";
  if (isMember && (last.seq < state.checkpoint || damage === "lost-tail"))
    return "it has lost the tail of its log";
  const own = state.log.positionAt(last.seq);
  if (!own)
    return last.seq > state.log.last.seq
      ? "its log is longer"
      : "its log ends before the log of the primary begins";
  return state.rules.isSameRecord(own, last) ? null : "its log holds another record";
}

/** Only a copy outside the set may discard records. A member is struck first (rule 21). */
function rejectOrRestore(
  state: CopyState,
  lead: Leadership,
  copy: TrackedCopy,
  reason: string,
): void {
  const processId = processOf(copy.phase);
  if (processId === null) return;
  if (state.rules.whenDiverged(mayBeMember(lead, copy)) === "strike") reject(copy, reason);
  else restore(state, copy, processId);
}

function restore(state: CopyState, copy: TrackedCopy, processId: ProcessId): void {
  copy.phase = { kind: "restoring", processId };
  // A new stream begins, because answers about the old log must not count. Otherwise the copy could
  // be added to the set and then discard its log.
  copy.stream += 1;
  const newest = state.snapshots[0] ?? START;
  const mark = { seq: newest.seq, term: newest.term };
  const { term, checkpoint } = state;
  act(state, {
    type: "send",
    to: processId,
    message: { type: "restore", term, stream: copy.stream, checkpoint, mark },
  });
}

function isRestoreCheaper(state: CopyState, from: number): boolean {
  const snapshot = state.snapshots[0];
  if (!snapshot || snapshot.seq <= from) return false;
  const last = state.log.last.seq;
  return isSnapshotCheaper({
    operationsMissing: last - from,
    operationsAfterSnapshot: last - snapshot.seq,
    msPerOperation: state.msPerOperation ?? 0,
    snapshotBytes: snapshot.bytes,
    loadMs: snapshot.loadMs,
  });
}

function sendStream(
  state: CopyState,
  lead: Leadership,
  copy: TrackedCopy,
  phase: CopyPhase & { kind: "streaming" },
): void {
  const { log, term, checkpoint } = state;
  const previous = log.positionAt(phase.next - 1);
  if (!previous) {
    rejectOrRestore(state, lead, copy, "the records it needs are trimmed");
    return;
  }
  const room = {
    records: WINDOW.records - (phase.next - 1 - phase.position),
    bytes: WINDOW.bytes - log.bytesBetween(phase.position, phase.next - 1),
  };
  const records = room.records > 0 && room.bytes > 0 ? log.slice(phase.next, room) : [];
  if (records.length === 0 && checkpoint <= phase.sentCheckpoint) return;
  phase.next += records.length;
  phase.sentCheckpoint = checkpoint;
  act(state, {
    type: "send",
    to: phase.processId,
    message: {
      type: "append",
      term,
      stream: copy.stream,
      checkpoint,
      previous: { seq: previous.seq, term: previous.term },
      records,
    },
  });
}

/** Returns what a member owes, as a text that changes with every progress, or `null`. */
function expectationOf(state: CopyState, lead: Leadership, copy: TrackedCopy): string | null {
  if (!lead.inSync.has(copy.copyId)) return null;
  const { phase } = copy;
  switch (phase.kind) {
    case "absent":
    case "rejected":
      return null;
    case "streaming":
      return phase.position < state.log.last.seq
        ? `answer ${phase.processId} ${phase.position} ${copy.progress}`
        : null;
    case "connecting":
    case "greeted":
    case "restoring":
      return `match ${phase.processId} ${copy.progress}`;
    default:
      return assertNever(phase);
  }
}
