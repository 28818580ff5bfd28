import {
  BUSY_UNHEALTHY_MS,
  HEARTBEAT_MS,
  IDLE_KILL_MS,
  IDLE_UNHEALTHY_MS,
  STOPPED_KILL_MS,
} from "../../../util/limits/processes.ts";

/** A supervisor that was itself asleep must not take its own pause for the child's. */
const LONGEST_STEP_MS = 2 * HEARTBEAT_MS;

/** How long a child has not answered, and what it did meanwhile. Times in milliseconds. */
export interface Silence {
  readonly silentMs: number;
  /** Of these, how long `/proc` has said state T without a break. */
  readonly stoppedMs: number;
  /** How long it has not answered and used no processor time, without a break. */
  readonly idleMs: number;
  /** Processor time used up to the last look. */
  readonly cpuMs: number | null;
}

export const ANSWERED: Silence = { silentMs: 0, stoppedMs: 0, idleMs: 0, cpuMs: null };

/** What a look at `/proc` found; undefined where there is no `/proc`. */
export interface Look {
  readonly state: string;
  readonly cpuMs: number;
}

export type Verdict =
  | { readonly is: "fine" }
  | { readonly is: "unhealthy"; readonly reason: string }
  | { readonly is: "stopped" }
  | { readonly is: "dead"; readonly reason: string };

/** One more look at a child that has not answered since the last. */
export function lengthenSilence(
  silence: Silence,
  elapsedMs: number,
  look: Look | undefined,
): Silence {
  const stepMs = Math.min(elapsedMs, LONGEST_STEP_MS);
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

/** One that wants the processor and does not get it (R) is busy too. */
function isBusy(look: Look, cpuMsBefore: number | null): boolean {
  return look.state === "R" || (cpuMsBefore !== null && look.cpuMs > cpuMsBefore);
}

/**
 * Silent is not dead: one that is *stopped* (SIGSTOP) is found so within a second, one that is
 * *busy* uses the processor and is left alone for 30 s, and then is only taken out of rotation; one
 * that does neither hangs, and is unhealthy after 3 s and to be killed after 10 s.
 */
export function judgeSilence(silence: Silence): Verdict {
  if (silence.stoppedMs >= STOPPED_KILL_MS) return { is: "stopped" };
  if (silence.idleMs >= IDLE_KILL_MS)
    return { is: "dead", reason: `no answer to heartbeats for ${IDLE_KILL_MS / 1000} s, and idle` };
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
