import { MIN_OPEN_FILES, OPEN_FILES_PER_PROCESS } from "../../util/limits/processes.ts";
import type { OpenFiles } from "../../util/process/open-files.ts";

/** Files that a process closes and opens again while it is at its limit. */
const SPARE_FILES = 2;

/** Returns the problem of a process that cannot open further files, or null. */
export function judgeOpenFiles(files: OpenFiles | undefined): string | null {
  if (files === undefined || files.count + SPARE_FILES < files.limit) return null;
  return `too many open files: the limit is ${files.limit} (ulimit -n), and new connections fail`;
}

/** Returns a warning if the limit of open files is low for this number of processes. */
export function noticeLowLimit(limit: number, processes: number): string | undefined {
  const wanted = Math.max(MIN_OPEN_FILES, processes * OPEN_FILES_PER_PROCESS);
  if (limit >= wanted) return undefined;
  return `each process may open ${limit} files and connections (ulimit -n): allow ${wanted} or more`;
}
