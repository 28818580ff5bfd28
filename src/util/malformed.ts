import { JflowError } from "./errors.ts";

/**
 * Runs a decoder. Converts its `RangeError` to `INVALID_ARGUMENT` that names the message, `what`.
 */
export function translateRangeErrors<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError) {
      throw new JflowError("INVALID_ARGUMENT", `cannot decode ${what}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
