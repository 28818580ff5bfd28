import { JflowError } from "../../../util/errors.ts";

/**
 * Returns the request parameters of `--param key=value`. A JSON value is parsed (`limit=5`,
 * `ids=["a"]`), any other is text. Throws `INVALID_ARGUMENT` if the `=` is missing.
 */
export function parseParameters(given: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(given.map(parseOne));
}

function parseOne(text: string): [string, unknown] {
  const equals = text.indexOf("=");
  if (equals < 1)
    throw new JflowError("INVALID_ARGUMENT", `--param ${text} is not valid: write key=value`);
  const value = text.slice(equals + 1);
  try {
    return [text.slice(0, equals), JSON.parse(value) as unknown];
  } catch (error) {
    if (error instanceof SyntaxError) return [text.slice(0, equals), value];
    throw error;
  }
}
