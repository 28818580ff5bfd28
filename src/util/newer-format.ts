import { JflowError } from "./errors.ts";
import { jflowVersion } from "./version.ts";

/** Returns the error for a file whose format version is larger than this jflow reads. */
export function newerFormat(path: string): JflowError {
  return new JflowError(
    "FAILED_PRECONDITION",
    `cannot read ${path}: a newer jflow wrote it, and this is jflow ${jflowVersion()}. Run the newer version`,
  );
}
