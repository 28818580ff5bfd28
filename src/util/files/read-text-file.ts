import { readFileSync, statSync } from "node:fs";

/**
 * Returns the text of a file, or undefined when no such file exists. Throws when the file cannot be
 * read.
 */
export function readTextFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile()
    ? readFileSync(path, "utf8")
    : undefined;
}
