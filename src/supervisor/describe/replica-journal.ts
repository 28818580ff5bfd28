import type { EventBody, EventDetails } from "../../model/control/events.ts";
import { PROCESS_STARTS } from "../../model/output-line.ts";
import {
  describeExit,
  isStoppedByUser,
  type Exit,
  type ReplicaState,
} from "../decide/lifecycle/replica-state.ts";
import { formatBytes } from "../../util/text/format-bytes.ts";
import { formatWait } from "./replica-text.ts";

type StateOf<Name extends ReplicaState["name"]> = Extract<ReplicaState, { readonly name: Name }>;

/** An event of a replica without its address. */
type Change = EventDetails & { readonly reason: string | null; readonly text: string };

const failedFor = ({ reason }: { readonly reason: string }, address: string): Change => ({
  kind: "failed",
  reason,
  text: `failed: ${reason}. jflow start ${address} starts the replica again`,
});

const STOPPED_BY = {
  user: "stopped by the user",
  flow: "stopped with the flow",
  plan: "removed from the flow",
} as const;

const CHANGES: {
  readonly [Name in ReplicaState["name"]]: (state: StateOf<Name>, address: string) => Change | null;
} = {
  pending: () => null,
  starting: ({ processId }) => ({
    kind: "started",
    processId,
    reason: null,
    text: PROCESS_STARTS,
  }),
  recovering: () => null,
  ready: () => ({ kind: "ready", reason: null, text: "ready" }),
  unhealthy: ({ reason }) => ({ kind: "unhealthy", reason, text: `unhealthy: ${reason}` }),
  draining: () => null,
  stopping(state) {
    const reason = isStoppedByUser(state) ? STOPPED_BY.user : state.reason;
    return { kind: "killed", reason, text: `ended with SIGKILL: ${reason}` };
  },
  backoff: ({ delayMs }) => ({
    kind: "restarting",
    delayMs,
    reason: null,
    text: `restarts in ${formatWait(delayMs)} s`,
  }),
  failed: failedFor,
  held: failedFor,
  stopped: ({ by }) => ({ kind: "stopped", by, reason: STOPPED_BY[by], text: STOPPED_BY[by] }),
};

/** Returns the event of a new state; null for a state without one. */
export function stateEvent<Name extends ReplicaState["name"]>(
  address: string,
  state: StateOf<Name> & { readonly name: Name },
): EventBody | null {
  const change = CHANGES[state.name](state, address);
  return change === null ? null : { subject: address, ...change };
}

/**
 * Returns the event of an exit; null where the supervisor ended the process, which is an event
 * before it. `before`: the state before the exit.
 */
export function exitEvent(
  address: string,
  before: ReplicaState,
  { exit, failure }: { readonly exit: Exit; readonly failure: string },
): EventBody | null {
  if (before.name === "stopping" && exit.signal === "SIGKILL") return null;
  const end = describeExit(exit);
  const reason = failure === end ? null : failure;
  const text = reason === null ? end : `${end}: ${reason}`;
  return { subject: address, kind: "exited", ...exit, reason, text };
}

/** Returns the event of a replica that lacks something, or, with null, does not any more. */
export function problemEvent(address: string, problem: string | null): EventBody {
  return problem === null
    ? {
        subject: address,
        kind: "problem_over",
        reason: null,
        text: "the problem is over: files can be opened again",
      }
    : { subject: address, kind: "problem", reason: problem, text: problem };
}

/** Returns the event of a copy that became the primary of its shard. */
export function promotionEvent(address: string, shard: string, term: number): EventBody {
  const text = `promoted to primary of ${shard}, term ${term}`;
  return { subject: address, kind: "promoted", shard, term, reason: null, text };
}

/** Returns the event of a replica that is restarted because it uses too much memory. */
export function memoryEvent(
  address: string,
  { rssBytes, limitBytes }: { readonly rssBytes: number; readonly limitBytes: number },
): EventBody {
  const reason = `uses ${formatBytes(rssBytes)}, above its memory_limit of ${formatBytes(limitBytes)}`;
  const text = `${reason}: restarts after its requests in flight`;
  return { subject: address, kind: "over_memory", rssBytes, limitBytes, reason, text };
}
