import { JflowError } from "../../../util/errors.ts";

/**
 * `--param key=value` as request parameters. A value that is JSON is taken as such (`limit=5`,
 * `ids=["a"]`), anything else as text. Throws `INVALID_ARGUMENT` for one without a `=`.
 */
export function parseParameters(given: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(given.map(parseOne));
}

function parseOne(text: string): [string, unknown] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new JflowError("INVALID_ARGUMENT", `--param ${text}: write key=value`);
  const value = text.slice(equals + 1);
  try {
    return [text.slice(0, equals), JSON.parse(value) as unknown];
  } catch (error) {
    if (error instanceof SyntaxError) return [text.slice(0, equals), value];
    throw error;
  }
}
