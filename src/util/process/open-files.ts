import { readdirSync, readFileSync, statSync } from "node:fs";
import { hasCode } from "../error-code.ts";

/** The open files of a process: files, sockets and pipes. */
export interface OpenFiles {
  readonly count: number;
  /** The soft limit (`ulimit -n`). */
  readonly limit: number;
}

/** Returns undefined if the process does not exist, or if the system has no `/proc`. */
export function sampleOpenFiles(pid: number): OpenFiles | undefined {
  try {
    const limit = parseLimit(readFileSync(`/proc/${pid}/limits`, "utf8"));
    return limit === undefined ? undefined : { count: countFiles(`/proc/${pid}/fd`), limit };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES", "EPERM", "EMFILE", "ENFILE")) return undefined;
    throw error;
  }
}

/** Since Linux 6.2, the size of the folder is the number of open files. */
function countFiles(folder: string): number {
  return statSync(folder).size || readdirSync(folder).length;
}

/** Returns the soft limit of open files in `/proc/<pid>/limits`. */
export function parseLimit(limits: string): number | undefined {
  const value = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (value === undefined) return undefined;
  return value === "unlimited" ? Number.POSITIVE_INFINITY : Number(value);
}
