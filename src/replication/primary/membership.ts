import { act, die, type CopyState } from "../state/copy-state.ts";
import { processOf, trackCopy, type Leadership, type TrackedCopy } from "../state/leadership.ts";
import type { Announcement, MembershipAnswer } from "../protocol/messages.ts";
import type { CopyId, ProcessId } from "../protocol/record.ts";

/**
 * Takes the announced live processes. The primary connects to new processes and drops processes
 * that are gone.
 */
export function noteAnnounced(
  state: CopyState,
  lead: Leadership,
  announcement: Announcement,
): void {
  if (announcement.term !== state.term || announcement.revision <= lead.revision) return;
  lead.revision = announcement.revision;
  lead.replicas = announcement.replicas;
  lead.leaving = new Set(announcement.leaving);
  const live = new Map(announcement.live.map((member) => [member.copyId, member.processId]));
  live.delete(state.copyId);
  for (const copyId of new Set([...live.keys(), ...lead.members.keys()])) {
    setProcess(state, trackCopy(lead, copyId), live.get(copyId) ?? null);
  }
  forgetGone(state, lead);
}

/** A link is open: the copy is greeted. */
export function noteLinkOpened(state: CopyState, lead: Leadership, processId: ProcessId): void {
  const copy = findByProcess(lead, processId);
  if (!copy) return;
  copy.isLinked = true;
  if (copy.phase.kind === "connecting") greet(state, lead, copy, processId);
}

/**
 * A link is lost. Answers that still arrive on the lost link are ignored. The next link begins with
 * a greeting.
 */
export function noteLinkClosed(lead: Leadership, processId: ProcessId): void {
  const copy = findByProcess(lead, processId);
  if (!copy) return;
  copy.isLinked = false;
  copy.stream += 1;
  if (copy.phase.kind !== "rejected") copy.phase = { kind: "connecting", processId };
}

/** A member has kept the acknowledgements waiting for too long. */
export function noteLate(lead: Leadership, copyId: CopyId): void {
  const copy = lead.members.get(copyId);
  if (copy && copy.expectation !== null) reject(copy, "it is late");
}

/** Stops waiting for a member: it is struck before anything is acknowledged without it. */
export function reject(copy: TrackedCopy, reason: string): void {
  copy.strikeReason = reason;
  const processId = processOf(copy.phase);
  if (processId !== null) copy.phase = { kind: "rejected", processId };
}

/**
 * Asks the supervisor to strike members that are gone, late, diverged or removed, and to add copies
 * that have caught up.
 */
export function requestChanges(state: CopyState, lead: Leadership): void {
  for (const copy of lead.members.values()) {
    const isMember = lead.inSync.has(copy.copyId);
    if (isMember) judgeMember(lead, copy);
    if (isMember && copy.strikeReason !== null) request(state, copy, "strike", copy.strikeReason);
    else if (!isMember && isReadyToJoin(state, lead, copy))
      request(state, copy, "add", "it has caught up");
  }
}

/** Decides whether a member is struck because it is gone or removed. */
function judgeMember(lead: Leadership, copy: TrackedCopy): void {
  if (copy.phase.kind === "absent") copy.strikeReason ??= "its process is gone";
  else if (lead.leaving.has(copy.copyId) && copy.strikeReason === null)
    reject(copy, "it is removed");
}

/**
 * The supervisor has decided on a request. Only now does the primary stop waiting for a struck
 * copy.
 */
export function noteAnswered(state: CopyState, lead: Leadership, answer: MembershipAnswer): void {
  const { request: asked } = answer;
  const copy = lead.members.get(asked.copyId);
  if (
    !copy ||
    asked.term !== state.term ||
    asked.primary !== state.processId ||
    copy.outstanding === 0
  )
    return;
  copy.outstanding -= 1;
  copy.request = null;
  if (asked.kind === "strike") noteStrikeAnswered(state, lead, copy, answer);
  else noteAddAnswered(state, lead, copy, answer);
  forgetGone(state, lead);
}

function greet(state: CopyState, lead: Leadership, copy: TrackedCopy, processId: ProcessId): void {
  copy.stream += 1;
  copy.phase = { kind: "greeted", processId };
  const { term, checkpoint } = state;
  const inSync = lead.inSync.has(copy.copyId) && copy.strikeReason === null;
  act(state, {
    type: "send",
    to: processId,
    message: { type: "greet", term, stream: copy.stream, checkpoint, inSync },
  });
}

function setProcess(state: CopyState, copy: TrackedCopy, processId: ProcessId | null): void {
  const known = processOf(copy.phase);
  if (known === processId) return;
  if (known !== null) act(state, { type: "disconnect", processId: known });
  copy.phase = processId === null ? { kind: "absent" } : { kind: "connecting", processId };
  copy.isLinked = false;
  copy.snapshot = null;
  if (processId !== null) act(state, { type: "connect", processId });
}

function request(
  state: CopyState,
  copy: TrackedCopy,
  kind: "strike" | "add",
  reason: string,
): void {
  if (!state.rules.mayRequest(copy.outstanding)) return;
  const processId = processOf(copy.phase);
  copy.request = {
    kind,
    term: state.term,
    primary: state.processId,
    copyId: copy.copyId,
    processId,
    reason,
  };
  copy.outstanding += 1;
  act(state, { type: "request", request: copy.request });
}

function isReadyToJoin(state: CopyState, lead: Leadership, copy: TrackedCopy): boolean {
  const { phase } = copy;
  return (
    phase.kind === "streaming" &&
    phase.processId !== copy.refusedProcess &&
    !lead.leaving.has(copy.copyId) &&
    state.rules.isCaughtUp(phase.position, state.checkpoint, lead.inherited.seq)
  );
}

function noteStrikeAnswered(
  state: CopyState,
  lead: Leadership,
  copy: TrackedCopy,
  answer: MembershipAnswer,
): void {
  if (!answer.granted) {
    // The copy is the last of the set, or this process is no longer the primary and about to be
    // killed.
    die(state, `the supervisor refused to strike ${copy.copyId}: ${answer.reason}`);
    return;
  }
  lead.inSync.delete(copy.copyId);
  lead.struckCount += 1;
  copy.strikeReason = null;
  const processId = processOf(copy.phase);
  if (processId === null) return;
  if (state.rules.wasKilled(processId, answer.killed)) {
    act(state, { type: "disconnect", processId });
    copy.phase = { kind: "absent" };
  } else {
    takeBack(state, lead, copy);
  }
}

/** A process that was rejected as a member is now outside the set, so it may be restored. */
function takeBack(state: CopyState, lead: Leadership, copy: TrackedCopy): void {
  copy.strikeReason = null;
  if (copy.phase.kind !== "rejected") return;
  const { processId } = copy.phase;
  copy.phase = { kind: "connecting", processId };
  if (copy.isLinked) greet(state, lead, copy, processId);
}

function noteAddAnswered(
  state: CopyState,
  lead: Leadership,
  copy: TrackedCopy,
  answer: MembershipAnswer,
): void {
  const { request: asked } = answer;
  if (!answer.granted) {
    copy.refusedProcess = asked.processId;
    takeBack(state, lead, copy);
    return;
  }
  lead.inSync.add(copy.copyId);
  const { phase } = copy;
  // If a process of the copy was greeted in the meantime, it was greeted as a process outside the
  // set.
  if (phase.kind !== "streaming" && phase.kind !== "greeted") return;
  const { term, checkpoint } = state;
  act(state, {
    type: "send",
    to: phase.processId,
    message: { type: "joined", term, stream: copy.stream, checkpoint },
  });
}

/** Drops copies that are outside the set and have no process. */
function forgetGone(state: CopyState, lead: Leadership): void {
  for (const copy of lead.members.values()) {
    const isGone =
      copy.phase.kind === "absent" && copy.outstanding === 0 && !lead.inSync.has(copy.copyId);
    if (!isGone) continue;
    if (copy.expectation !== null) act(state, { type: "expectNothing", copyId: copy.copyId });
    lead.members.delete(copy.copyId);
  }
}

function findByProcess(lead: Leadership, processId: ProcessId): TrackedCopy | undefined {
  return [...lead.members.values()].find((copy) => processOf(copy.phase) === processId);
}
