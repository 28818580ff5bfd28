import type { ReplicaStateName } from "../../model/replica.ts";
import {
  describeExit,
  isFailed,
  isStoppedByUser,
  type Exit,
  type ReplicaState,
} from "../decide/lifecycle/replica-state.ts";

/** The state as `jflow ps` shows it. */
export function stateName(state: ReplicaState): ReplicaStateName {
  return state.name === "held" ? "failed" : state.name;
}

/** The state and its reason, for people. */
export function describeState(state: ReplicaState): string {
  if ("reason" in state) return `${stateName(state)}: ${state.reason}`;
  return state.name === "backoff" ? `backoff(${state.delayMs / 1000}s)` : state.name;
}

/** The state, and why the last process ended or did not start, unless the state repeats it. */
export function describeWithFailure(state: ReplicaState, failure: string): string {
  const described = describeState(state);
  const hasEnded = state.name === "backoff" || isFailed(state);
  return hasEnded && !described.includes(failure) ? `${described}: ${failure}` : described;
}

type StateOf<Name extends ReplicaState["name"]> = Extract<ReplicaState, { readonly name: Name }>;

const failedFor = ({ reason }: { readonly reason: string }, address: string): string =>
  `failed: ${reason}. jflow start ${address} starts the replica again`;

const STOPPED_BY = {
  user: "stopped by the user",
  flow: "stopped with the flow",
  plan: "removed from the flow",
} as const;

const CHANGES: {
  readonly [Name in ReplicaState["name"]]: (state: StateOf<Name>, address: string) => string | null;
} = {
  pending: () => null,
  starting: () => "the process starts",
  recovering: () => null,
  ready: () => "ready",
  unhealthy: ({ reason }) => `unhealthy: ${reason}`,
  draining: () => null,
  stopping: (state) =>
    `ended with SIGKILL: ${isStoppedByUser(state) ? "stopped by the user" : state.reason}`,
  backoff: ({ delayMs }) => `restarts in ${delayMs / 1000} s`,
  failed: failedFor,
  held: failedFor,
  stopped: ({ by }) => STOPPED_BY[by],
};

/** The event that `jflow logs` shows for a new state; null for a state without one. */
export function describeChange<Name extends ReplicaState["name"]>(
  address: string,
  state: StateOf<Name> & { readonly name: Name },
): string | null {
  return CHANGES[state.name](state, address);
}

/**
 * The event that `jflow logs` shows for an exit; null where the supervisor ended the process, which
 * is an event before it. `before`: the state before the exit.
 */
export function describeEnd(before: ReplicaState, exit: Exit, failure: string): string | null {
  if (before.name === "stopping" && exit.signal === "SIGKILL") return null;
  const end = describeExit(exit);
  return failure === end ? end : `${end}: ${failure}`;
}
