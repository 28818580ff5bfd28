import { readFileSync } from "node:fs";
import { join } from "node:path";
import { APPLYING_FILE, parseApplying } from "../../model/shard/applying.ts";
import { hasCode } from "../../util/error-code.ts";

/**
 * Returns the record that a copy was applying when its process ended, or undefined. Throws the
 * error of the file system.
 */
export function readApplying(workspace: string): number | undefined {
  try {
    return parseApplying(readFileSync(join(workspace, APPLYING_FILE), "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
