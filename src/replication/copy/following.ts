import type { CopyRecord, ProcessId } from "../protocol/record.ts";
import { assertNever } from "../../util/unreachable.ts";
import {
  act,
  appendRecords,
  die,
  raiseCheckpoint,
  type CopyState,
  type FollowedStream,
} from "../state/copy-state.ts";
import { copyHeader } from "./executing.ts";
import type { CopyMessage, PrimaryMessage } from "../protocol/messages.ts";

/**
 * The supervisor asks for the position under a new term. From now on, messages of an earlier stream
 * are ignored (rule 6).
 */
export function noteAsked(state: CopyState, term: number): void {
  if (state.role.kind === "primary") {
    die(
      state,
      `asked for its position under term ${term} while it is the primary of term ${state.term}`,
    );
    return;
  }
  if (term <= state.term) return;
  state.term = state.rules.termAfterAsking(state.term, term);
  state.askedTerm = term;
  act(state, { type: "sync" });
}

/**
 * Takes a message of a primary, on the current stream only, and only from a sender whose term is
 * not below the term of this copy (rule 13).
 */
export function takeMessage(state: CopyState, from: ProcessId, message: PrimaryMessage): void {
  if (state.role.kind !== "following") return;
  const recordTerms = message.type === "append" ? message.records.map((record) => record.term) : [];
  if (!state.rules.isFromCurrentSender({ term: message.term, recordTerms }, state.term)) return;
  if (message.type === "greet") beginStream(state, from, message);
  else if (state.role.stream?.term === message.term)
    takeFromStream(state, state.role.stream, message);
}

/**
 * A restore opens a stream of its own. Any other message belongs to the current stream or is late.
 */
function takeFromStream(
  state: CopyState,
  stream: FollowedStream,
  message: Exclude<PrimaryMessage, { readonly type: "greet" }>,
): void {
  if (message.type === "restore" && message.stream > stream.stream) beginRestore(stream, message);
  else if (message.type !== "restore" && message.stream === stream.stream)
    takeOnStream(state, stream, message);
}

/** Sends the answers that are due to the supervisor and the primary. */
export function sendOwedAnswers(state: CopyState): void {
  const isLogFsynced = state.fsynced >= state.log.last.seq && state.activity.kind !== "restoring";
  if (state.askedTerm !== null && isLogFsynced) {
    const position = { seq: state.log.last.seq, term: state.log.last.term };
    act(state, { type: "answerPosition", term: state.askedTerm, position, damage: state.damage });
    state.askedTerm = null;
  }
  if (state.role.kind !== "following" || !state.role.stream) return;
  const { stream } = state.role;
  if (!stream.owesPosition) sendAnswer(state, stream);
  else if (isLogFsynced && isLogApplied(state) && !stream.restore) sendPosition(state, stream);
  sendProgress(state, stream);
}

/**
 * A copy that catches up reports each record, so that the primary does not take the copy for a
 * hanging one. After a snapshot, the copy has acknowledged more records than it has applied.
 */
function sendProgress(state: CopyState, stream: FollowedStream): void {
  const isOwing = stream.owesPosition || state.applied < stream.answered;
  if (!isOwing || state.applied <= stream.reportedApplied || state.activity.kind === "restoring")
    return;
  stream.reportedApplied = state.applied;
  reply(state, stream, { type: "progress", applied: state.applied });
}

/**
 * During a snapshot, the copy does not apply records or answer reads, so records on disk are
 * enough.
 */
function isLogApplied(state: CopyState): boolean {
  return state.applied >= state.log.last.seq || state.snapshotStage.kind === "taking";
}

function takeOnStream(
  state: CopyState,
  stream: FollowedStream,
  message: Exclude<PrimaryMessage, { type: "greet" | "restore" }>,
): void {
  switch (message.type) {
    case "append":
      takeRecords(state, stream, message);
      break;
    case "joined":
      stream.inSync = true;
      break;
    case "takeSnapshot":
      if (state.snapshotStage.kind === "none") state.snapshotStage = { kind: "wanted" };
      reply(state, stream, { type: "answer", seq: stream.answered });
      break;
    default:
      assertNever(message);
  }
}

/** Reports to the primary that the turn of this copy is over, or that it has a newer snapshot. */
export function reportSnapshotStage(state: CopyState): void {
  if (state.role.kind !== "following" || !state.role.stream || state.role.stream.owesPosition)
    return;
  reply(state, state.role.stream, { type: "answer", seq: state.role.stream.answered });
}

/**
 * Returns whether a following copy may be in the read rotation. It is in the set, its stream flows,
 * and its state holds every acknowledged write.
 */
export function mayServeFollowing(state: CopyState, stream: FollowedStream | null): boolean {
  if (state.damage === "mismatch" || state.activity.kind === "restoring") return false;
  if (state.snapshotStage.kind === "taking" || stream?.restore) return false;
  if (state.isServing) return true;
  return stream !== null && stream.inSync && stream.isMatched && state.applied >= state.checkpoint;
}

function beginStream(
  state: CopyState,
  from: ProcessId,
  greeting: PrimaryMessage & { type: "greet" },
): void {
  if (state.role.kind !== "following") return;
  const { stream: old } = state.role;
  const isNewer =
    !old ||
    greeting.term > old.term ||
    (greeting.term === old.term && greeting.stream > old.stream);
  if (!isNewer) return;
  state.term = Math.max(state.term, greeting.term);
  state.role.stream = {
    from,
    term: greeting.term,
    stream: greeting.stream,
    inSync: greeting.inSync,
    isMatched: false,
    owesPosition: true,
    answered: 0,
    reportedApplied: state.applied,
    restore: null,
  };
  act(state, { type: "sync" });
}

/** Continues as another stream, so that answers about the old log do not count for the new log. */
function beginRestore(stream: FollowedStream, message: PrimaryMessage & { type: "restore" }): void {
  stream.stream = message.stream;
  stream.restore = message.mark;
  stream.owesPosition = true;
  stream.isMatched = false;
}

function takeRecords(
  state: CopyState,
  stream: FollowedStream,
  message: PrimaryMessage & { type: "append" },
): void {
  if (stream.owesPosition) return;
  let previous = message.previous;
  const fresh: CopyRecord[] = [];
  for (const record of message.records) {
    const known = state.log.positionAt(record.seq);
    const last = fresh.at(-1) ?? state.log.last;
    const isFollowing = state.rules.isSameRecord(previous, last);
    if (known ? !state.rules.isSameRecord(known, record) : !isFollowing) {
      // The logs do not fit: the primary has to compare the positions again.
      stream.owesPosition = true;
      stream.isMatched = false;
      act(state, { type: "sync" });
      return;
    }
    if (!known) fresh.push(record);
    previous = record;
  }
  appendRecords(state, fresh);
  stream.isMatched = true;
  // Not earlier: before the match, this log may hold other records than the log of the primary.
  raiseCheckpoint(state, message.checkpoint);
}

function sendPosition(state: CopyState, stream: FollowedStream): void {
  const last = { seq: state.log.last.seq, term: state.log.last.term };
  stream.owesPosition = false;
  stream.answered = last.seq;
  stream.reportedApplied = state.applied;
  reply(state, stream, { type: "position", last, damage: state.damage });
}

function sendAnswer(state: CopyState, stream: FollowedStream): void {
  if (state.damage === "mismatch" || state.activity.kind === "restoring") return;
  if (state.damage === "lost-tail" && state.fsynced >= state.checkpoint) state.damage = "none";
  // During a snapshot, the copy does not apply records or answer reads, so records on disk are
  // enough.
  const isAtSnapshot = state.snapshotStage.kind === "taking";
  const seq = isAtSnapshot ? state.fsynced : Math.min(state.fsynced, state.applied);
  if (seq <= stream.answered) return;
  stream.answered = seq;
  stream.reportedApplied = state.applied;
  reply(state, stream, { type: "answer", seq });
}

type WithoutHeader<Message> = Message extends CopyMessage
  ? Omit<Message, keyof ReturnType<typeof copyHeader>>
  : never;

function reply(
  state: CopyState,
  stream: FollowedStream,
  message: WithoutHeader<CopyMessage>,
): void {
  act(state, {
    type: "send",
    to: stream.from,
    message: { ...message, ...copyHeader(state, stream) } as CopyMessage,
  });
}
