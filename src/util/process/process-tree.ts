import { readdirSync, readFileSync } from "node:fs";
import { hasCode } from "../error-code.ts";
import { sampleProcess } from "./process-identity.ts";

/**
 * Returns the memory in use by a process and all processes that it started, directly or not, in
 * bytes (RSS); null if the process does not exist, or if the system has no `/proc`.
 */
export function measureTree(pid: number): number | null {
  const own = sampleProcess(pid);
  if (own === undefined) return null;
  return listDescendants(pid).reduce(
    (sum, each) => sum + (sampleProcess(each)?.rssBytes ?? 0),
    own.rssBytes,
  );
}

/** Returns the processes that a process started, directly or not. */
export function listDescendants(pid: number): readonly number[] {
  const children = readChildren(pid);
  return [...children, ...children.flatMap(listDescendants)];
}

/** A child belongs to the thread that started it. */
function readChildren(pid: number): readonly number[] {
  const folder = `/proc/${pid}/task`;
  const threads = readOr(() => readdirSync(folder), []);
  return threads
    .flatMap((thread) =>
      readOr(() => readFileSync(`${folder}/${thread}/children`, "utf8"), "").split(" "),
    )
    .filter((text) => text.trim() !== "")
    .map(Number);
}

/** Returns `missing` for a process or thread that has ended. */
function readOr<T>(read: () => T, missing: T): T {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return missing;
    throw error;
  }
}
