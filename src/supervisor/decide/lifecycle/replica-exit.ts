import type { EventOf, ExitContext, ReplicaLifecycle } from "./lifecycle-events.ts";
import { countOf } from "../../../util/text/count-of.ts";
import {
  describeExit,
  isLive,
  isServing,
  type Afterwards,
  type Exit,
  type LiveState,
  type ReplicaState,
} from "./replica-state.ts";
import { isYoungDeath, nextDelay, withJitter } from "./restart-delay.ts";
import { MAX_FAILED_STARTS } from "../../../util/limits/processes.ts";

/** Decides after an exit whether the replica is started again, and when. */
export function onExited(
  lifecycle: ReplicaLifecycle,
  { exit, context }: EventOf<"exited">,
): ReplicaLifecycle {
  const { state } = lifecycle;
  if (!isLive(state)) return lifecycle;
  if (context.isFlowStopping) return { ...lifecycle, state: { name: "stopped", by: "flow" } };
  const served = servedSince(state);
  const failedStarts = served === null && !lifecycle.hasServed ? lifecycle.failedStarts + 1 : 0;
  if (state.afterwards !== undefined) return endAsAsked(lifecycle, state.afterwards, failedStarts);
  const reason = whyFailed({ ...lifecycle, failedStarts }, exit, context);
  if (reason !== null) return { ...lifecycle, failedStarts, state: { name: "failed", reason } };
  const isYoung = served === null || isYoungDeath(context.at - served);
  const delayMs = nextDelay(lifecycle.delayMs, isYoung, context.leaderless);
  return {
    ...lifecycle,
    failedStarts,
    delayMs,
    restarts: lifecycle.restarts + 1,
    state: { name: "backoff", diedAt: context.at, delayMs: withJitter(delayMs, context.random) },
  };
}

/** The states after an exit that the user or the plan asked for. */
const ASKED: Readonly<Record<"stopped" | "removed" | "replaced", ReplicaState>> = {
  stopped: { name: "stopped", by: "user" },
  removed: { name: "stopped", by: "plan" },
  replaced: { name: "pending" },
};

function endAsAsked(
  lifecycle: ReplicaLifecycle,
  afterwards: Afterwards,
  failedStarts: number,
): ReplicaLifecycle {
  if (afterwards.is !== "held" && afterwards.is !== "failed")
    return { ...lifecycle, failedStarts: 0, delayMs: 0, state: ASKED[afterwards.is] };
  const { is: name, reason } = afterwards;
  return { ...lifecycle, failedStarts, state: { name, reason } };
}

function whyFailed(lifecycle: ReplicaLifecycle, exit: Exit, context: ExitContext): string | null {
  const { failedStarts, restarts } = lifecycle;
  const { maxRestarts } = context;
  const end = describeExit(exit);
  const error = lastErrorOf(lifecycle, exit, context);
  if (failedStarts >= MAX_FAILED_STARTS)
    return `${end} before it was ready, ${failedStarts} times in a row${error}`;
  if (maxRestarts !== undefined && restarts >= maxRestarts)
    return `${end} after ${countOf(restarts, "restart")}: the flow file allows no more${error}`;
  return null;
}

/** A signal comes from outside, and the last line says nothing about it. */
function lastErrorOf(
  { startFailure }: ReplicaLifecycle,
  { signal }: Exit,
  { lastLine }: ExitContext,
): string {
  const error = startFailure ?? (signal === null ? lastLine : undefined);
  return error === undefined ? "" : `. Last error: ${error}`;
}

function servedSince(state: LiveState): number | null {
  if (isServing(state)) return state.servingSince;
  if (state.name === "stopping") return state.servingSince;
  // Only a process that served is drained. It is not restarted, so any time will do.
  return state.name === "draining" ? state.startedAt : null;
}
