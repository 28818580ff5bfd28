import { readFileSync } from "node:fs";
import { hasCode } from "../error-code.ts";
import { readPids, sampleProcess } from "./process-identity.ts";

/**
 * The variable that marks a process and everything that it starts, also in another process group or
 * session. Its value is the id of the process.
 */
const MARK = "JFLOW_PROCESS";

/** A process whose environment holds the mark. */
export interface MarkedProcess {
  readonly pid: number;
  readonly startTime: number;
  readonly group: number;
  /** The id of the process that started this one, directly or not. */
  readonly processId: string;
  /** The arguments, separated by spaces. */
  readonly command: string;
}

/** Returns the environment of a process with this id. */
export function markEnvironment(
  env: Readonly<Record<string, string>>,
  processId: string,
): Record<string, string> {
  return { ...env, [MARK]: processId };
}

/**
 * Returns the running processes with one of these marks. Returns an empty list if the system has no
 * `/proc`. Does not find a process that was started with another environment.
 */
export function findMarked(processIds: ReadonlySet<string>): readonly MarkedProcess[] {
  if (processIds.size === 0) return [];
  return (readPids() ?? []).flatMap((pid) => {
    const processId = markOf(pid);
    if (processId === undefined || !processIds.has(processId)) return [];
    const sample = sampleProcess(pid);
    // The memory of an ended process is gone, and its environment with it.
    if (sample === undefined) return [];
    const { group, startTime } = sample;
    const command = readText(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? "";
    return [{ pid, startTime, group, processId, command }];
  });
}

function markOf(pid: number): string | undefined {
  const environment = readText(`/proc/${pid}/environ`);
  const entry = environment?.split("\0").find((variable) => variable.startsWith(`${MARK}=`));
  return entry?.slice(MARK.length + 1);
}

/** Returns undefined for a process that has ended or that belongs to another user. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return undefined;
    throw error;
  }
}
