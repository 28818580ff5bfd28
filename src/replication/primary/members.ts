import type { CopyState } from "../state/copy-state.ts";
import type { Leadership, TrackedCopy } from "../state/leadership.ts";

/** Whether acknowledgements wait for that copy. */
export function isWaitedFor(state: CopyState, lead: Leadership, copy: TrackedCopy): boolean {
  return state.rules.isWaitedFor(lead.inSync.has(copy.copyId), copy.request?.kind === "add");
}

/**
 * Whether the copy may be in the set on disk: from the moment its addition is asked for, nobody
 * here can tell.
 */
export function mayBeMember(lead: Leadership, copy: TrackedCopy): boolean {
  return lead.inSync.has(copy.copyId) || copy.request?.kind === "add";
}

/** The members of the set that have not shown that their log fits. */
function countUnmatched(lead: Leadership): number {
  return [...lead.members.values()].filter(
    (copy) => lead.inSync.has(copy.copyId) && copy.phase.kind !== "streaming",
  ).length;
}

/**
 * A primary is ready for writes when its log is applied and every member has matched or been
 * struck.
 */
export function mayWrite(state: CopyState, lead: Leadership): boolean {
  return (
    state.rules.hasAppliedEnough(state.applied, state.log.last.seq) &&
    state.rules.mayRunWrites(countUnmatched(lead))
  );
}
