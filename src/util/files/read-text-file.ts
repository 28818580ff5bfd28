import { readFileSync, statSync } from "node:fs";

/**
 * The text of a file; undefined where there is no file of that name. Throws what keeps it from
 * being read.
 */
export function readTextFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile()
    ? readFileSync(path, "utf8")
    : undefined;
}
