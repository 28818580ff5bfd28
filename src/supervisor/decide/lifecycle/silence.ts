import {
  BUSY_KILL_MS,
  BUSY_UNHEALTHY_MS,
  HEARTBEAT_MS,
  IDLE_KILL_MS,
  IDLE_UNHEALTHY_MS,
  STOPPED_KILL_MS,
} from "../../../util/limits/processes.ts";

/** A supervisor that was suspended must not count its own pause as silence of the child. */
export const MAX_STEP_MS = 2 * HEARTBEAT_MS;

/**
 * The silence of a child that does not answer, and its activity during that time. Times are in
 * milliseconds.
 */
export interface Silence {
  readonly silentMs: number;
  /** The time for which `/proc` has shown state T (stopped) without a break. */
  readonly stoppedMs: number;
  /** The time for which the child has neither answered nor used the processor, without a break. */
  readonly idleMs: number;
  /** Processor time used up to the last sample. */
  readonly cpuMs: number | null;
}

export const ANSWERED: Silence = { silentMs: 0, stoppedMs: 0, idleMs: 0, cpuMs: null };

/**
 * The silence when the supervisor itself was suspended. The machine may have slept, and the child
 * may continue later than the supervisor: a stopped child has the time of an idle one.
 */
export const RESUMED: Silence = { ...ANSWERED, stoppedMs: STOPPED_KILL_MS - IDLE_KILL_MS };

/** A sample of `/proc`; undefined if the system has no `/proc`. */
export interface Look {
  readonly state: string;
  readonly cpuMs: number;
}

export type Verdict =
  | { readonly is: "fine" }
  | { readonly is: "unhealthy"; readonly reason: string }
  | { readonly is: "stopped" }
  | { readonly is: "dead"; readonly reason: string };

/** Returns the silence after one more sample of a child that has not answered. */
export function lengthenSilence(
  silence: Silence,
  elapsedMs: number,
  look: Look | undefined,
): Silence {
  const stepMs = Math.min(elapsedMs, MAX_STEP_MS);
  const silentMs = silence.silentMs + stepMs;
  if (look === undefined)
    return { silentMs, stoppedMs: 0, idleMs: silence.idleMs + stepMs, cpuMs: null };
  return {
    silentMs,
    stoppedMs: look.state.toUpperCase() === "T" ? silence.stoppedMs + stepMs : 0,
    idleMs: isBusy(look, silence.cpuMs) ? 0 : silence.idleMs + stepMs,
    cpuMs: look.cpuMs,
  };
}

/** A process that waits for the processor (R) is busy too. */
function isBusy(look: Look, cpuMsBefore: number | null): boolean {
  return look.state === "R" || (cpuMsBefore !== null && look.cpuMs > cpuMsBefore);
}

/**
 * Judges a child that does not answer. A stopped child (SIGSTOP) is found after one second. A busy
 * child uses the processor: after 30 s it is unhealthy and receives no more reads, and after 120 s
 * it is killed. Any other child hangs: it is unhealthy after 3 s and killed after 10 s.
 */
export function judgeSilence(silence: Silence): Verdict {
  if (silence.stoppedMs >= STOPPED_KILL_MS) return { is: "stopped" };
  if (silence.idleMs >= IDLE_KILL_MS)
    return { is: "dead", reason: `no answer to heartbeats for ${IDLE_KILL_MS / 1000} s, and idle` };
  if (silence.silentMs >= BUSY_KILL_MS)
    return { is: "dead", reason: `busy: no answer to heartbeats for ${BUSY_KILL_MS / 1000} s` };
  if (silence.idleMs >= IDLE_UNHEALTHY_MS)
    return {
      is: "unhealthy",
      reason: `no answer to heartbeats for ${IDLE_UNHEALTHY_MS / 1000} s, and idle`,
    };
  if (silence.silentMs >= BUSY_UNHEALTHY_MS)
    return {
      is: "unhealthy",
      reason: `busy: no answer to heartbeats for ${BUSY_UNHEALTHY_MS / 1000} s`,
    };
  return { is: "fine" };
}
