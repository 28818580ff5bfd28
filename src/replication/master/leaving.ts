import { isLed } from "./election.ts";
import {
  isInSync,
  kill,
  listNeeded,
  liveProcesses,
  type MasterState,
  type TrackedProcess,
} from "./master-state.ts";

/**
 * Ends the copies that are planned no more, each as soon as the shard can do without it. A member
 * of the set is struck first, at the request of the primary. The primary itself is killed only when
 * an in-sync copy that stays can take over. A process without a hello counts by the last copy of
 * its replica. Called when no job is under way.
 */
export function endLeaving(state: MasterState): void {
  for (const process of state.processes.values()) {
    if (process.replica < state.replicas || process.isEnding) continue;
    if (mayEnd(state, process)) kill(state, process, "removed from the flow");
  }
}

function mayEnd(state: MasterState, process: TrackedProcess): boolean {
  if (process.processId === state.primary?.processId)
    return isLed(state) && liveProcesses(state).some((other) => mayTakeOver(state, other));
  if (process.copyId === null) return !listNeeded(state).includes(process.replica);
  return !isInSync(state, process.copyId);
}

function mayTakeOver(state: MasterState, { replica, copyId }: TrackedProcess): boolean {
  return replica < state.replicas && isInSync(state, copyId);
}
