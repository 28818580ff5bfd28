import { z } from "zod";
import type { Polling } from "../../../model/polling.ts";
import { oneOfForm, withLabel } from "./annotations.ts";

/** `polling` as the flow file states it: one word, or a word per endpoint (`*` for the rest). */
export type StatedPolling = Polling | Readonly<Record<string, Polling>>;

const WORDS = '"ANY", "ALL" or "HASH"';
/** Jina's numbers are accepted too. */
const POLLINGS: ReadonlyMap<string, Polling> = new Map([
  ["1", "ANY"],
  ["2", "ALL"],
  ["ANY", "ANY"],
  ["ALL", "ALL"],
  ["HASH", "HASH"],
]);
const ONE = oneOfForm(["ANY", "ALL", "HASH", "any", "all", "hash", 1, 2]);

/**
 * Parses `ANY`, `ALL` or `HASH` in any case, Jina's 1 and 2, a mapping of endpoints to these, or
 * that mapping as JSON text.
 */
export function pollingValue(): z.ZodType<StatedPolling> {
  const error = `expected ${WORDS}, or a mapping of endpoints to these`;
  const table = z.record(z.string(), onePolling(`expected ${WORDS}`));
  const schema = z.preprocess(fromJsonText, z.union([table, onePolling(error)], { error }));
  return withLabel("`ANY`, `ALL`, `HASH`, or a mapping of endpoints to these", schema, {
    anyOf: [
      ...ONE.anyOf,
      { type: "string", pattern: "^\\s*\\{" },
      { type: "object", additionalProperties: ONE },
    ],
  });
}

function onePolling(error: string): z.ZodType<Polling> {
  const schema = z.union([z.string(), z.number()], { error }).transform((value, context) => {
    const known = POLLINGS.get(String(value).toUpperCase());
    if (known !== undefined) return known;
    context.issues.push({ code: "custom", message: error, input: value });
    return z.NEVER;
  });
  return withLabel(WORDS, schema, ONE);
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch (error) {
    // The text is not valid JSON. The schema reports the values that it expects.
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}
