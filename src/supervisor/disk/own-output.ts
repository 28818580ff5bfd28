import { copyFileSync, fstatSync, ftruncateSync } from "node:fs";
import { messageOf } from "../../util/error-code.ts";
import { MAX_SUPERVISOR_OUTPUT_BYTES } from "../../util/limits/processes.ts";

/**
 * Bounds a file that this process appends to by a descriptor it was given, so that it cannot rename
 * it away: once larger than `mostBytes`, the file is copied to `<path>.1` and emptied. To be called
 * after each line. Returns what is to be told where the copy cannot be made; emptied it is all the
 * same.
 */
export function boundOwnOutput(
  path: string,
  descriptor: number,
  mostBytes: number = MAX_SUPERVISOR_OUTPUT_BYTES,
): string | undefined {
  if (fstatSync(descriptor).size <= mostBytes) return undefined;
  let problem: string | undefined;
  try {
    copyFileSync(path, `${path}.1`);
  } catch (error) {
    problem = `cannot keep the older lines of this output: ${messageOf(error)}`;
  }
  ftruncateSync(descriptor);
  return problem;
}
