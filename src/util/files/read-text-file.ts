import { readFileSync, statSync } from "node:fs";
import { decodeText } from "../text/decode-text.ts";

/**
 * Returns the text of a file, or undefined when no such file exists. Throws when the file cannot be
 * read. Bytes that are not UTF-8 are as in `decodeText`.
 */
export function readTextFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile()
    ? decodeText(readFileSync(path))
    : undefined;
}
