import type { CopyState } from "../state/copy-state.ts";
import type { Leadership, TrackedCopy } from "../state/leadership.ts";

/** Returns whether acknowledgements wait for that copy. */
export function isWaitedFor(state: CopyState, lead: Leadership, copy: TrackedCopy): boolean {
  return state.rules.isWaitedFor(lead.inSync.has(copy.copyId), copy.request?.kind === "add");
}

/**
 * Returns whether the copy may be in the set on disk. After a request to add the copy, the primary
 * cannot be sure.
 */
export function mayBeMember(lead: Leadership, copy: TrackedCopy): boolean {
  return lead.inSync.has(copy.copyId) || copy.request?.kind === "add";
}

/** Returns the number of members whose log has not been shown to match. */
function countUnmatched(lead: Leadership): number {
  return [...lead.members.values()].filter(
    (copy) => lead.inSync.has(copy.copyId) && copy.phase.kind !== "streaming",
  ).length;
}

/**
 * Returns whether the primary may run writes: its log is applied, and every member has matched or
 * been struck.
 */
export function mayWrite(state: CopyState, lead: Leadership): boolean {
  return (
    state.rules.hasAppliedEnough(state.applied, state.log.last.seq) &&
    state.rules.mayRunWrites(countUnmatched(lead))
  );
}
