import type { ReplicaStateName } from "../../model/replica.ts";
import { isFailed, type ReplicaState } from "../decide/lifecycle/replica-state.ts";

/** The state as `jflow ps` shows it. */
export function stateName(state: ReplicaState): ReplicaStateName {
  return state.name === "held" ? "failed" : state.name;
}

/** The state and its reason, for people. */
export function describeState(state: ReplicaState): string {
  if ("reason" in state) return `${stateName(state)}: ${state.reason}`;
  return state.name === "backoff" ? `backoff(${formatWait(state.delayMs)}s)` : state.name;
}

/** Returns a wait in seconds, with one digit after the point if there is a fraction. */
export function formatWait(delayMs: number): string {
  return String(Math.round(delayMs / 100) / 10);
}

/** The state, and why the last process ended or did not start, unless the state repeats it. */
export function describeWithFailure(state: ReplicaState, failure: string): string {
  const described = describeState(state);
  const hasEnded = state.name === "backoff" || isFailed(state);
  return hasEnded && !described.includes(failure) ? `${described}: ${failure}` : described;
}
