import type { PersistedShard } from "../protocol/master-events.ts";
import type { Damage } from "../protocol/messages.ts";
import { comparePositions, type CopyId, type ProcessId } from "../protocol/record.ts";
import {
  act,
  isGone,
  isInSync,
  listNeeded,
  liveProcesses,
  makeAnnouncement,
  type AskedPosition,
  type MasterState,
  type TrackedProcess,
} from "./master-state.ts";
import { IN_SYNC_WAIT_MS } from "../../util/limits/shards.ts";

/** The rank of a copy by its damage: an intact copy is preferred. */
const TRUST: Readonly<Record<Damage, number>> = { none: 2, mismatch: 1, "lost-tail": 0 };

/** Gives every member of the set time to return: after a start, and when every copy has died. */
export function beginWaiting(state: MasterState): void {
  state.isWaiting = true;
  state.failed.clear();
  act(state, { type: "wait", afterMs: IN_SYNC_WAIT_MS });
}

/** Begins a promotion if the shard needs one and no rule forbids it. */
export function electIfNeeded(state: MasterState): void {
  if (isLed(state) || state.isStuck || (state.primary && !isGone(state, state.primary.processId)))
    return;
  if (state.isWaiting && !isEveryoneHeard(state)) return;
  const candidates = candidatesOf(state);
  if (candidates.length === 0) return;
  state.isWaiting = false;
  if (state.saved) beginElection(state, state.saved.inSync, false);
  else if (!holdsUnknownData(state)) {
    beginElection(
      state,
      liveProcesses(state).map((process) => process.copyId!),
      false,
    );
  }
}

/** Saves a new term, together with the set. Only then is a copy asked (rule 5). */
export function beginElection(
  state: MasterState,
  inSync: readonly CopyId[],
  isForced: boolean,
  atLeast = 0,
): void {
  const term = Math.max((state.saved?.term ?? 0) + 1, atLeast);
  state.job = { kind: "savingTerm", term, isForced };
  act(state, { type: "save", state: { term, inSync } });
  if (state.rules.mayTell(term, state.saved?.term ?? 0)) beginAsking(state, inSync, term, isForced);
}

/** The term is on disk: every live copy of the set is asked for its position under it. */
export function noteTermSaved(state: MasterState, saved: PersistedShard): void {
  if (state.job.kind === "savingTerm")
    beginAsking(state, saved.inSync, saved.term, state.job.isForced);
}

export function notePosition(
  state: MasterState,
  processId: ProcessId,
  term: number,
  answer: AskedPosition,
): void {
  const { job } = state;
  if (job.kind !== "asking" || job.term !== term || !job.asked.has(processId)) return;
  job.asked.set(processId, answer);
  promoteIfAllAnswered(state);
}

/** An asked process has died: the election does not wait for it. */
export function noteAskedExited(state: MasterState, processId: ProcessId): void {
  if (state.job.kind !== "asking") return;
  state.job.asked.delete(processId);
  promoteIfAllAnswered(state);
}

/** Returns whether the shard has a primary that is not being killed. */
export function isLed(state: MasterState): boolean {
  return state.primary !== null && state.processes.get(state.primary.processId)?.isEnding === false;
}

/**
 * Returns whether a copy holds data although `state.json` does not contain the shard. The origin of
 * the data is unknown, and it may be incomplete.
 */
export function holdsUnknownData(state: MasterState): boolean {
  return state.saved === null && liveProcesses(state).some((process) => !process.isEmpty);
}

/**
 * Returns whether every member of the set, or else every replica that should run, has sent hello or
 * failed.
 */
function isEveryoneHeard(state: MasterState): boolean {
  const live = liveProcesses(state);
  const isSetLive =
    state.saved?.inSync.every((copyId) => live.some((process) => process.copyId === copyId)) ??
    false;
  if (isSetLive) return true;
  const wanted = [...Array(state.replicas).keys(), ...listNeeded(state)];
  return wanted.every(
    (replica) =>
      state.stopped.has(replica) ||
      state.held.has(replica) ||
      state.failed.has(replica) ||
      live.some((process) => process.replica === replica),
  );
}

function candidatesOf(state: MasterState): readonly TrackedProcess[] {
  const live = liveProcesses(state);
  return state.saved ? live.filter((process) => isInSync(state, process.copyId)) : live;
}

function beginAsking(
  state: MasterState,
  inSync: readonly CopyId[],
  term: number,
  isForced: boolean,
): void {
  const asked = new Map<ProcessId, AskedPosition | null>();
  for (const { processId, copyId } of liveProcesses(state)) {
    if (!inSync.includes(copyId!)) continue;
    asked.set(processId, null);
    act(state, { type: "ask", processId, term });
  }
  state.job = { kind: "asking", term, isForced, asked };
  promoteIfAllAnswered(state);
}

/**
 * When every asked copy has answered or died, the copy with the largest position is promoted (rule
 * 7). With no copy left, the election starts again.
 */
function promoteIfAllAnswered(state: MasterState): void {
  const { job } = state;
  if (job.kind !== "asking" || [...job.asked.values()].includes(null)) return;
  state.job = { kind: "none" };
  const answers = [...job.asked].flatMap(([processId, answer]) => {
    const process = state.processes.get(processId);
    return process && answer && !process.isEnding ? [{ process, answer }] : [];
  });
  if (answers.length === 0) return;
  const newestTerm = Math.max(...answers.map(({ answer }) => answer.position.term));
  if (newestTerm >= job.term) {
    // The state file is older than the logs. The terms in the logs must not be used again.
    beginElection(state, state.saved?.inSync ?? [], job.isForced, newestTerm + 1);
    return;
  }
  const trusted = answers.filter(
    ({ answer }) => answer.damage !== "lost-tail" || state.mayLoseTail || job.isForced,
  );
  const [best] = trusted.toSorted(compareCandidates);
  if (best) promote(state, best.process, job.term);
  else state.isStuck = true;
}

interface Candidate {
  readonly process: TrackedProcess;
  readonly answer: AskedPosition;
}

/**
 * Orders candidates, best first: by damage, then by term and number, then by the lowest replica.
 */
function compareCandidates(left: Candidate, right: Candidate): number {
  return (
    TRUST[right.answer.damage] - TRUST[left.answer.damage] ||
    comparePositions(right.answer.position, left.answer.position) ||
    left.process.replica - right.process.replica
  );
}

function promote(state: MasterState, process: TrackedProcess, term: number): void {
  const { processId } = process;
  state.primary = { processId, copyId: process.copyId!, term };
  state.primarySnapshot = 0;
  act(state, {
    type: "promote",
    processId,
    inSync: state.saved?.inSync ?? [],
    ...makeAnnouncement(state, term),
  });
}
