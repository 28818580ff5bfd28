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
import { isYoungDeath, nextDelay } from "./restart-delay.ts";
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
    state: { name: "backoff", diedAt: context.at, delayMs },
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

function whyFailed(
  { failedStarts, restarts }: ReplicaLifecycle,
  exit: Exit,
  { maxRestarts }: ExitContext,
): string | null {
  if (failedStarts >= MAX_FAILED_STARTS)
    return `${describeExit(exit)} before it was ready, ${failedStarts} times in a row`;
  if (maxRestarts !== undefined && restarts >= maxRestarts)
    return `${describeExit(exit)} after ${countOf(restarts, "restart")}: the flow file allows no more`;
  return null;
}

function servedSince(state: LiveState): number | null {
  if (isServing(state)) return state.servingSince;
  if (state.name === "stopping") return state.servingSince;
  // Only a process that served is drained. It is not restarted, so any time will do.
  return state.name === "draining" ? state.startedAt : null;
}
