import type { MembershipRequest } from "../protocol/messages.ts";
import type { ProcessId } from "../protocol/record.ts";
import { isLed } from "./election.ts";
import { act, isGone, isInSync, kill, type MasterState } from "./master-state.ts";

/**
 * Begins the next request of the primary. A request is refused if it is outdated or would empty the
 * set (rule 17).
 */
export function beginRequest(state: MasterState): void {
  const request = state.requests.shift();
  if (!request) return;
  const refusal =
    request.kind === "strike" ? refuseStrike(state, request) : refuseAdd(state, request);
  if (refusal !== null) {
    answer(state, request, { granted: false, reason: refusal, killed: [] });
  } else if (request.kind === "strike") {
    beginStrike(state, request);
  } else {
    beginAdd(state, request);
  }
}

/** The set of a request is on disk. */
export function noteMembershipSaved(state: MasterState): void {
  const { job } = state;
  if (job.kind === "savingStrike") {
    killStruck(state, job.request);
  } else if (job.kind === "savingAdd") {
    state.job = { kind: "none" };
    answer(state, job.request, { granted: true, reason: "", killed: [] });
  }
}

/**
 * A struck copy can no longer answer once its last process is gone. Only then is the primary
 * answered (rule 18).
 */
export function noteStruckExited(state: MasterState): void {
  const { job } = state;
  if (job.kind !== "killingStruck" || !job.killed.every((processId) => isGone(state, processId)))
    return;
  state.job = { kind: "none" };
  answer(state, job.request, { granted: true, reason: "", killed: job.killed });
}

function beginStrike(state: MasterState, request: MembershipRequest): void {
  state.job = { kind: "savingStrike", request };
  if (isInSync(state, request.copyId)) {
    save(
      state,
      state.saved!.inSync.filter((copyId) => copyId !== request.copyId),
    );
  } else {
    killStruck(state, request);
  }
}

function beginAdd(state: MasterState, request: MembershipRequest): void {
  state.job = { kind: "savingAdd", request };
  if (isInSync(state, request.copyId)) noteMembershipSaved(state);
  else save(state, [...state.saved!.inSync, request.copyId]);
}

function killStruck(state: MasterState, request: MembershipRequest): void {
  const struck = [...state.processes.values()].filter(
    (process) => process.copyId === request.copyId,
  );
  for (const process of struck)
    kill(state, process, `struck from the in-sync set: ${request.reason}`);
  state.job = {
    kind: "killingStruck",
    request,
    killed: struck.map((process) => process.processId),
  };
  noteStruckExited(state);
}

function refuseStrike(state: MasterState, request: MembershipRequest): string | null {
  const notCurrent = refuseOutdated(state, request);
  if (notCurrent !== null) return notCurrent;
  // The copy may have to take over from the primary that asked.
  if (!isLed(state)) return "the primary ends";
  const isAllowed = state.rules.mayStrike(
    request.copyId,
    state.saved!.inSync,
    state.primary?.copyId ?? null,
  );
  return isAllowed ? null : "the primary and the last in-sync copy cannot be struck";
}

function refuseAdd(state: MasterState, request: MembershipRequest): string | null {
  const process = request.processId === null ? undefined : state.processes.get(request.processId);
  const isAlive = process?.copyId === request.copyId && !process.isEnding;
  return refuseOutdated(state, request) ?? (isAlive ? null : "its process is gone");
}

function refuseOutdated(state: MasterState, request: MembershipRequest): string | null {
  const { primary, rules } = state;
  const isCurrent = rules.isCurrentRequest(
    request,
    primary?.term ?? state.saved?.term ?? 0,
    primary?.processId ?? null,
  );
  return isCurrent && state.saved ? null : "the sender is not the primary of this term";
}

function save(state: MasterState, inSync: readonly string[]): void {
  act(state, {
    type: "save",
    state: { term: Math.max(state.saved!.term, state.primary?.term ?? 0), inSync },
  });
}

/** An answer to a process that is gone is dropped. */
function answer(
  state: MasterState,
  request: MembershipRequest,
  decision: { granted: boolean; reason: string; killed: readonly ProcessId[] },
): void {
  act(state, { type: "answer", to: request.primary, answer: { request, ...decision } });
}
