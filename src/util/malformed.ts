import { JflowError } from "./errors.ts";

/**
 * Runs a decoder; the `RangeError` of a malformed message becomes `INVALID_ARGUMENT` that names
 * `what` was read.
 */
export function translateRangeErrors<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError) {
      throw new JflowError("INVALID_ARGUMENT", `malformed bytes of ${what}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
