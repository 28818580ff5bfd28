import { JflowError } from "../../src/util/errors.ts";

/**
 * How a call fails, as `<code>: <message>`, and `: <code of the cause>` where a file system's error
 * is the cause; throws where it does not fail, or otherwise.
 */
export async function rejection(call: Promise<unknown>): Promise<string> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    return describe(error);
  }
  throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
}

function describe(error: unknown): string {
  if (!(error instanceof JflowError)) throw error;
  const cause =
    error.cause instanceof Error && "code" in error.cause ? `: ${String(error.cause.code)}` : "";
  return `${error.code}: ${error.message}${cause}`;
}
