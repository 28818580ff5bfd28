import {
  IDLE_KILL_MS,
  PYTHON_HEALTH_MS,
  PYTHON_SILENT_MS,
  PYTHON_STOPPED_MS,
  SUSPENDED_MS,
} from "../../util/limits/processes.ts";

/** A pause of the keeper itself must not count against the executor. */
const MAX_STEP_MS = 2 * PYTHON_HEALTH_MS;
/**
 * A check takes at most 2 s. A longer gap between two checks means that the keeper was suspended.
 */
const SUSPENDED_CHECK_MS = 2 * SUSPENDED_MS;

/**
 * One health check of an executor: whether its health service answered, and the state of its
 * process in `/proc` (undefined without `/proc`).
 */
export interface HealthCheck {
  readonly isServing: boolean;
  readonly process: { readonly state: string; readonly cpuMs: number } | undefined;
}

/** The result of all health checks so far. */
export interface PythonHealth {
  /** The time for which `/proc` has reported the process as stopped, without a break. */
  readonly stoppedMs: number;
  /** The time for which it has neither answered nor used the processor, without a break. */
  readonly idleMs: number;
  readonly cpuMs: number | undefined;
}

export const HEALTHY: PythonHealth = { stoppedMs: 0, idleMs: 0, cpuMs: undefined };
/**
 * The health when the keeper itself was suspended. The executor may continue later, and has the
 * time of a stopped child of the supervisor.
 */
const RESUMED: PythonHealth = { ...HEALTHY, stoppedMs: PYTHON_STOPPED_MS - IDLE_KILL_MS };

/** Returns the health after one more check, `elapsedMs` after the last. */
export function addCheck(
  health: PythonHealth,
  check: HealthCheck,
  elapsedMs: number,
): PythonHealth {
  if (elapsedMs >= SUSPENDED_CHECK_MS) return { ...RESUMED, cpuMs: check.process?.cpuMs };
  const stepMs = Math.min(elapsedMs, MAX_STEP_MS);
  const isStopped = check.process?.state.toUpperCase() === "T";
  return {
    stoppedMs: isStopped ? health.stoppedMs + stepMs : 0,
    idleMs: check.isServing || isBusy(health, check) ? 0 : health.idleMs + stepMs,
    cpuMs: check.process?.cpuMs,
  };
}

/** A process that waits for the processor (R) is busy too. */
function isBusy({ cpuMs }: PythonHealth, { process }: HealthCheck): boolean {
  if (process === undefined) return false;
  return process.state === "R" || (cpuMs !== undefined && process.cpuMs > cpuMs);
}

/**
 * Returns why the executor is to be ended, or undefined. A stopped executor is ended. A busy
 * executor may stay silent without a limit. An idle executor may stay silent for 30 s, because an
 * asynchronous method that waits within a request blocks the event loop.
 */
export function judgeHealth({ stoppedMs, idleMs }: PythonHealth): string | undefined {
  if (stoppedMs >= PYTHON_STOPPED_MS) return "it was stopped (SIGSTOP) and does not answer";
  return idleMs >= PYTHON_SILENT_MS
    ? `no answer to a health check for ${PYTHON_SILENT_MS / 1_000} s, and idle`
    : undefined;
}

/**
 * Checks the executor at intervals, one check at a time. Calls `end` once, with the reason, when
 * the executor is to be ended.
 */
export function watchHealth(
  check: () => Promise<HealthCheck>,
  end: (reason: string) => void,
): void {
  let health = HEALTHY;
  let last = performance.now();
  let isChecking = false;
  const checkAgain = async (): Promise<void> => {
    if (isChecking) return;
    isChecking = true;
    const seen = await check();
    isChecking = false;
    const now = performance.now();
    health = addCheck(health, seen, now - last);
    last = now;
    const reason = judgeHealth(health);
    if (reason === undefined) return;
    clearInterval(timer);
    end(reason);
  };
  const timer = setInterval(() => void checkAgain(), PYTHON_HEALTH_MS);
  timer.unref();
}
