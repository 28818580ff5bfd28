import type { LivenessPolicy } from "../../../model/replica.ts";
import type { Silence, Verdict } from "./silence.ts";
import { STOPPED_KILL_MS } from "../../../util/limits/processes.ts";

/** The probes of one process until now. A probe is one period of heartbeats. */
export interface Probing {
  /** The time since the current probe began, in milliseconds. */
  readonly elapsedMs: number;
  /** A heartbeat of the current probe had no answer within the timeout. */
  readonly hasFailed: boolean;
  /** The failed probes in a row, with the current one. */
  readonly failures: number;
}

export const NOT_PROBED: Probing = { elapsedMs: 0, hasFailed: false, failures: 0 };

/** Returns the probes after one more check of the process. */
export function continueProbing(
  probing: Probing,
  { elapsedMs, silentMs }: { readonly elapsedMs: number; readonly silentMs: number },
  { periodMs, timeoutMs }: LivenessPolicy,
): Probing {
  const hasFailed = probing.hasFailed || silentMs >= timeoutMs;
  const failures = probing.failures + (hasFailed && !probing.hasFailed ? 1 : 0);
  const total = probing.elapsedMs + elapsedMs;
  return total < periodMs
    ? { elapsedMs: total, hasFailed, failures }
    : { elapsedMs: 0, hasFailed: false, failures: hasFailed ? failures : 0 };
}

/**
 * Judges a process by the `liveness` of the flow file. A process that leaves a probe unanswered
 * receives no more reads; too many in a row end it, whether it uses the processor or not.
 */
export function judgeProbing(
  { failures }: Probing,
  { silentMs, stoppedMs }: Silence,
  { timeoutMs, failureThreshold }: LivenessPolicy,
): Verdict {
  if (stoppedMs >= STOPPED_KILL_MS) return { is: "stopped" };
  const reason = `no answer to a liveness probe within ${timeoutMs / 1000} s`;
  if (failures >= failureThreshold)
    return {
      is: "dead",
      reason: failures === 1 ? reason : `${reason}, ${failures} times in a row`,
    };
  return silentMs >= timeoutMs ? { is: "unhealthy", reason } : { is: "fine" };
}
