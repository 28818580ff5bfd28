import { readFileSync, readdirSync } from "node:fs";
import { hasCode } from "../error-code.ts";

/** A process that cannot be mistaken for a later one of the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /**
   * Clock ticks between the machine's start and the process's (`/proc/<pid>/stat` field 22); null
   * if there is no `/proc`.
   */
  readonly startTime: number | null;
}

/** The state of a process, as `/proc/<pid>/stat` shows it. */
export interface ProcessSample {
  /**
   * `R` running, `S` asleep, `D` waiting for a disk, `T` stopped, `Z` ended and not yet collected.
   */
  readonly state: string;
  readonly group: number;
  /** Processor time used so far, user and system, in milliseconds. */
  readonly cpuMs: number;
  readonly startTime: number;
  readonly rssBytes: number;
}

/**
 * Linux counts processor time and start times in hundredths of a second towards programs, whatever
 * the kernel's own tick.
 */
const TICK_MS = 10;
const PAGE_BYTES = 4096;

/** Reads a process's line of `/proc`; undefined if there is no such process, or no `/proc`. */
export function sampleProcess(pid: number): ProcessSample | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/**
 * Parses `/proc/<pid>/stat`. The name in parentheses may hold blanks and parentheses itself: fields
 * are counted after the last one.
 */
export function parseStat(text: string): ProcessSample | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (field: number): number => Number(fields[field - 3]);
  if (fields.length < 22) return undefined;
  return {
    state: fields[0]!,
    group: number(5),
    cpuMs: (number(14) + number(15)) * TICK_MS,
    startTime: number(22),
    rssBytes: number(24) * PAGE_BYTES,
  };
}

/** Takes down who a process is, while it lives. */
export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startTime: sampleProcess(pid)?.startTime ?? null };
}

/**
 * Returns whether that very process still runs. One that has ended but was not collected (a zombie)
 * is dead.
 */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.startTime === null) return signalProcess(identity.pid, 0);
  const sample = sampleProcess(identity.pid);
  return (
    sample !== undefined &&
    sample.state !== "Z" &&
    sample.state !== "X" &&
    sample.startTime === identity.startTime
  );
}

/**
 * Sends a signal (0: only asks); false if there is no such process. A negative pid is a process
 * group.
 */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    // EPERM: another user's process has this number now, so the process is gone.
    if (hasCode(error, "ESRCH", "EPERM")) return false;
    throw error;
  }
}

/** Returns whether any process of the group still runs; zombies do not count. */
export function isGroupAlive(group: number): boolean {
  if (!signalProcess(-group, 0)) return false;
  const pids = readPids();
  if (pids === undefined) return true;
  return pids.some((pid) => {
    const sample = sampleProcess(pid);
    return (
      sample !== undefined && sample.group === group && sample.state !== "Z" && sample.state !== "X"
    );
  });
}

/** All pids of the machine; undefined if there is no `/proc`. */
export function readPids(): readonly number[] | undefined {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}
