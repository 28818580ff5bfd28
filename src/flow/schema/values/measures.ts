import { z } from "zod";
import type { Durability } from "../../../model/replica.ts";
import { closedMap } from "./value-kinds.ts";
import { editorForms, withLabel, textForm, valueLabels, type EditorForm } from "./annotations.ts";
import { DEFAULT_ASYNC_SYNC_MS, MAX_TIMER_MS } from "../../../util/limits/flow-file.ts";

const UNITS_MS = new Map([
  ["", 1],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

const KI = 1024;
const UNITS_BYTES = new Map([
  ["", 1],
  ["B", 1],
  ["Ki", KI],
  ["Mi", KI ** 2],
  ["Gi", KI ** 3],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
]);

/**
 * Parses a time to milliseconds: `500ms`, `5s`, `2m`, `1h`, or Jina's plain milliseconds. -1 is no
 * limit.
 */
export function duration(): z.ZodType<number> {
  const schema = measure("a time such as 500ms, 5s or 2m, or milliseconds", UNITS_MS, {
    value: MAX_TIMER_MS,
    text: "24.8 days",
  });
  const unlimited = z.union([z.literal(-1), z.literal("-1")]).transform(() => MAX_TIMER_MS);
  const words = "`500ms`, `5s`, `2m`, `1h`, or milliseconds; -1: no limit";
  return withLabel(words, z.union([unlimited, schema]), measureForm(UNITS_MS, "^-1$|"));
}

interface Bound {
  readonly value: number;
  readonly text: string;
}

/** Refuses numbers below a bound. */
export function atLeast(schema: z.ZodType<number>, { value: min, text }: Bound): z.ZodType<number> {
  const error = `must be at least ${text}`;
  return likewise(
    schema,
    schema.refine((value) => value >= min, { error, abort: true }),
  );
}

/** Refuses numbers above a bound. */
export function atMost(schema: z.ZodType<number>, { value: max, text }: Bound): z.ZodType<number> {
  const error = `must be at most ${text}`;
  return likewise(
    schema,
    schema.refine((value) => value <= max, { error, abort: true }),
  );
}

/** Gives a schema the label and the form of another. */
function likewise<S extends z.ZodType>(other: z.ZodType, schema: S): S {
  return withLabel(valueLabels.get(other)?.words ?? "", schema, editorForms.get(other));
}

/** Parses a time after which a call fails. -1 (no limit) becomes `undefined`. */
export function deadline(): z.ZodType<number | undefined> {
  const schema = duration();
  return likewise(
    schema,
    schema.transform((value) => (value === MAX_TIMER_MS ? undefined : value)),
  );
}

/** Parses a size to bytes: `64Mi`, `1Gi`, `10MB`, or plain bytes. */
export function byteSize(max: {
  readonly value: number;
  readonly text: string;
}): z.ZodType<number> {
  const schema = measure("a size such as 64Mi or 10MB, or bytes", UNITS_BYTES, max);
  return withLabel("`64Mi`, `1Gi`, `10MB`, or bytes", schema, measureForm(UNITS_BYTES, ""));
}

/**
 * Parses a number with a unit. Rounds fractions of the smallest unit up, so that only zero becomes
 * zero.
 */
function measure(
  words: string,
  units: ReadonlyMap<string, number>,
  max: { readonly value: number; readonly text: string },
): z.ZodType<number> {
  return z
    .union([z.number(), z.string()], { error: `expected ${words}` })
    .transform((value, context) => {
      const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(String(value).trim());
      const unit = units.get(match?.[2] ?? "");
      const amount = match && unit !== undefined ? Math.ceil(Number(match[1]) * unit) : undefined;
      if (amount !== undefined && amount <= max.value) return amount;
      const message = amount === undefined ? `expected ${words}` : `must be at most ${max.text}`;
      context.issues.push({ code: "custom", message, input: value });
      return z.NEVER;
    });
}

function measureForm(units: ReadonlyMap<string, number>, also: string): EditorForm {
  const names = [...units.keys()].filter((name) => name !== "").join("|");
  return { anyOf: [{ type: "number" }, textForm(`${also}^[0-9]+(\\.[0-9]+)? *(${names})?$`)] };
}

/**
 * Parses `request` (fsync before each acknowledgement), `async` (fsync every 5 s), or `{ async: 1s
 * }`.
 */
export function durability(): z.ZodType<Durability> {
  const error = 'expected "request", "async" or { async: 5s }';
  const schema = z.union(
    [
      z.literal("request"),
      z.literal("async").transform(() => ({ asyncMs: DEFAULT_ASYNC_SYNC_MS })),
      closedMap({ async: duration() }, error).transform((value) => ({ asyncMs: value.async })),
    ],
    { error },
  );
  return withLabel("`request`, `async`, `{ async: 5s }`", schema);
}

/** Formats a durability as a file states it. */
export function writeDurability(value: Durability): unknown {
  return typeof value === "string" ? value : { async: writeDuration(value.asyncMs) };
}

/** Formats milliseconds as a file states them: in the largest unit without a fraction. */
export function writeDuration(ms: number): string | number {
  return ms === MAX_TIMER_MS ? -1 : writeMeasure(ms, ["h", "m", "s", "ms"], UNITS_MS);
}

function sizeOf(unit: string, units: ReadonlyMap<string, number>): number {
  return units.get(unit) ?? 1;
}

/** Formats bytes as a file states them. */
export function writeByteSize(bytes: number): string | number {
  return writeMeasure(bytes, ["Gi", "Mi", "Ki"], UNITS_BYTES);
}

function writeMeasure(
  amount: number,
  names: readonly string[],
  units: ReadonlyMap<string, number>,
): string | number {
  const unit = amount === 0 ? undefined : names.find((name) => amount % sizeOf(name, units) === 0);
  return unit === undefined ? amount : `${amount / sizeOf(unit, units)}${unit}`;
}
