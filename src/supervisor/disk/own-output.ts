import { copyFileSync, fstatSync, ftruncateSync } from "node:fs";
import { messageOf } from "../../util/error-code.ts";
import { MAX_SUPERVISOR_OUTPUT_BYTES } from "../../util/limits/processes.ts";

/**
 * Bounds a file that this process appends to through a file descriptor, so that the file cannot be
 * renamed. A file larger than `maxBytes` is copied to `<path>.1` and emptied. Call it after each
 * line. Returns a message if the copy fails; the file is emptied anyway.
 */
export function boundOwnOutput(
  path: string,
  descriptor: number,
  maxBytes: number = MAX_SUPERVISOR_OUTPUT_BYTES,
): string | undefined {
  if (fstatSync(descriptor).size <= maxBytes) return undefined;
  let problem: string | undefined;
  try {
    copyFileSync(path, `${path}.1`);
  } catch (error) {
    problem = `cannot keep the older lines of this output: ${messageOf(error)}`;
  }
  ftruncateSync(descriptor);
  return problem;
}
