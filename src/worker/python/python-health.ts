import {
  PYTHON_HEALTH_MS,
  PYTHON_SILENT_MS,
  PYTHON_STOPPED_MS,
} from "../../util/limits/processes.ts";

/** A keeper that was itself asleep must not take its own pause for the executor's. */
const MAX_STEP_MS = 2 * PYTHON_HEALTH_MS;

/**
 * One look at an executor: whether its health service answered, and what `/proc` says of its
 * process (undefined without `/proc`).
 */
export interface HealthCheck {
  readonly isServing: boolean;
  readonly process: { readonly state: string; readonly cpuMs: number } | undefined;
}

/** What the looks up to now came to. */
export interface PythonHealth {
  /** For how long `/proc` has said that it is stopped, without a break. */
  readonly stoppedMs: number;
  /** For how long it has neither answered nor used the processor, without a break. */
  readonly idleMs: number;
  readonly cpuMs: number | undefined;
}

export const HEALTHY: PythonHealth = { stoppedMs: 0, idleMs: 0, cpuMs: undefined };

/** One more look, `elapsedMs` after the last. */
export function addCheck(health: PythonHealth, look: HealthCheck, elapsedMs: number): PythonHealth {
  const stepMs = Math.min(elapsedMs, MAX_STEP_MS);
  const isStopped = look.process?.state.toUpperCase() === "T";
  return {
    stoppedMs: isStopped ? health.stoppedMs + stepMs : 0,
    idleMs: look.isServing || isBusy(health, look) ? 0 : health.idleMs + stepMs,
    cpuMs: look.process?.cpuMs,
  };
}

/** One that wants the processor and does not get it (R) is busy too. */
function isBusy({ cpuMs }: PythonHealth, { process }: HealthCheck): boolean {
  if (process === undefined) return false;
  return process.state === "R" || (cpuMs !== undefined && process.cpuMs > cpuMs);
}

/**
 * Why the executor is to be ended, if it is: it was stopped, or hangs. One that computes may be
 * silent for as long as it likes, and one that waits in the midst of a request, which holds up its
 * whole loop if its method is asynchronous, for 30 s.
 */
export function judgeHealth({ stoppedMs, idleMs }: PythonHealth): string | undefined {
  if (stoppedMs >= PYTHON_STOPPED_MS) return "it was stopped (SIGSTOP) and answers nothing";
  return idleMs >= PYTHON_SILENT_MS
    ? `no answer to a health check for ${PYTHON_SILENT_MS / 1_000} s, and idle`
    : undefined;
}

/**
 * Looks again and again, one look at a time, until it is to be ended: then `end` is called once
 * with the reason.
 */
export function watchHealth(look: () => Promise<HealthCheck>, end: (reason: string) => void): void {
  let health = HEALTHY;
  let last = performance.now();
  let isLooking = false;
  const lookAgain = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const seen = await look();
    isLooking = false;
    const now = performance.now();
    health = addCheck(health, seen, now - last);
    last = now;
    const reason = judgeHealth(health);
    if (reason === undefined) return;
    clearInterval(timer);
    end(reason);
  };
  const timer = setInterval(() => void lookAgain(), PYTHON_HEALTH_MS);
  timer.unref();
}
