import { JflowError } from "../../index.ts";

/**
 * Throws `INVALID_ARGUMENT` for an unknown key of `uses_with`. The message lists the known keys.
 */
export function assertKnownKeys(
  executor: string,
  config: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const unknown = Object.keys(config).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `uses_with has unknown keys ${unknown.map((key) => `"${key}"`).join(", ")}: ${executor} takes ${known.join(", ")}`,
  );
}

/**
 * A whole number from `least` to `most`, or `fallback` if nothing is given. Throws
 * `INVALID_ARGUMENT` that names it.
 */
export function wholeNumber(
  value: unknown,
  name: string,
  range: { least: number; most: number; fallback: number },
): number {
  if (value === undefined || value === null) return range.fallback;
  if (
    typeof value === "number" &&
    Number.isInteger(value) &&
    value >= range.least &&
    value <= range.most
  )
    return value;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${name} is ${JSON.stringify(value)}: it must be a whole number from ${range.least} to ${range.most}`,
  );
}
