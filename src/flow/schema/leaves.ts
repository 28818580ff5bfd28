import { z } from "zod";
import type { Durability } from "../../model/replica.ts";
import type { Polling } from "../../model/polling.ts";
import type { StatedPolling } from "../types.ts";
import { isFreeKey } from "./shape.ts";
import { parseNumber } from "../text/scalars.ts";

/**
 * The kinds of values a flow file holds. Each says what it takes in the message of its error ("expected ..."), to which the reader adds
 * what it got, and in `valueWords`, from which the YAML table is made. Numbers and booleans are also taken as text, since variables are text.
 */
export const valueWords: z.core.$ZodRegistry<{ words: string }> = z.registry<{ words: string }>();

/** What an editor is told of a value that is converted while it is read, as JSON Schema: from its schema alone it could not know. */
export const editorForms: z.core.$ZodRegistry<EditorForm> = z.registry<EditorForm>();

/** A piece of JSON Schema. */
export interface EditorForm {
  readonly anyOf: readonly Readonly<Record<string, unknown>>[];
}

/** A value that holds a reference to a variable may become anything. */
export const VARIABLE_PATTERN = "\\$\\{";

/** Gives a schema its words for the YAML table, and its form for editors where they need one. */
export function inWords<S extends z.ZodType>(words: string, schema: S, form?: EditorForm): S {
  valueWords.add(schema, { words });
  if (form) editorForms.add(schema, form);
  return schema;
}

function matching(pattern: string): Readonly<Record<string, unknown>> {
  return { type: "string", pattern: `${pattern}|${VARIABLE_PATTERN}` };
}

/** The longest time that a timer of Node takes, 24.8 days, in milliseconds: what Jina's -1 (for ever) becomes. */
export const FOR_EVER_MS = 2_147_483_647;

/** A whole number. */
export function whole(min: number, max: number): z.ZodType<number> {
  const error = "expected an integer";
  const number = z
    .number({ error })
    .int({ error })
    .min(min, { error: `must be at least ${group(min)}` })
    .max(max, { error: `must be at most ${group(max)}` });
  return inWords(`whole number, ${group(min)} to ${group(max)}`, z.preprocess(fromNumberText, number), {
    anyOf: [{ type: "integer", minimum: min, maximum: max }, matching("^-?[0-9]+$")],
  });
}

function group(value: number): string {
  return value.toLocaleString("en");
}

function fromNumberText(value: unknown): unknown {
  return typeof value === "string" ? (parseNumber(value.trim()) ?? value) : value;
}

/** `true` or `false`; `yes` and `no` as in YAML 1.1, `on` and `off` not (Jina reads them as text). */
export function truth(): z.ZodType<boolean> {
  const schema = z.preprocess(fromTruthText, z.boolean({ error: "expected true or false" }));
  return inWords("true, false", schema, {
    anyOf: [{ type: "boolean" }, matching("^([Tt]rue|TRUE|[Yy]es|YES|[Ff]alse|FALSE|[Nn]o|NO)$")],
  });
}

function fromTruthText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (/^(?:true|yes)$/i.test(value)) return true;
  return /^(?:false|no)$/i.test(value) ? false : value;
}

/** Text on one line; control characters are refused, since it ends in paths, environments and terminals. */
export function text(words = "text"): z.ZodType<string> {
  // eslint-disable-next-line no-control-regex
  return inWords(
    words,
    z
      .string({ error: `expected ${words}` })
      .regex(/^[^\u0000-\u001f\u007f]*$/, { error: "must not hold control characters" }),
  );
}

/** Text that must not be empty. */
export function filledText(words: string): z.ZodType<string> {
  // eslint-disable-next-line no-control-regex
  return inWords(
    words,
    z.string({ error: `expected ${words}` }).regex(/^[^\u0000-\u001f\u007f]+$/, { error: `expected ${words}` }),
  );
}

/** One text or a list of texts, as a list. */
export function texts(words: string): z.ZodType<string[]> {
  return oneOrMore(filledText(words), words);
}

/** One value or a list of such, as a list. */
export function oneOrMore<T>(schema: z.ZodType<T>, words: string): z.ZodType<T[]> {
  const union = z.union([schema.transform((value) => [value]), z.array(schema)], {
    error: `expected ${words}, or a list of such`,
  });
  return inWords(`${words}, or a list of such`, union);
}

const UNITS_MS: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A time: `500ms`, `5s`, `2m`, `1h`, or Jina's plain milliseconds; -1 is for ever. In milliseconds. */
export function duration(): z.ZodType<number> {
  const words = "a time such as 500ms, 5s or 2m, or milliseconds";
  const schema = measured(words, (value) => parseMeasure(value, UNITS_MS, FOR_EVER_MS), FOR_EVER_MS);
  return inWords("`500ms`, `5s`, `2m`, `1h`, or milliseconds; -1: for ever", schema, measureForm(UNITS_MS));
}

const KI = 1024;
const UNITS_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  Ki: KI,
  Mi: KI ** 2,
  Gi: KI ** 3,
  k: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** A size: `64Mi`, `1Gi`, `10MB`, or plain bytes. In bytes. */
export function byteSize(max: number): z.ZodType<number> {
  const words = "a size such as 64Mi or 10MB, or bytes";
  const schema = measured(words, (value) => parseMeasure(value, UNITS_BYTES, undefined), max);
  return inWords("`64Mi`, `1Gi`, `10MB`, or bytes", schema, measureForm(UNITS_BYTES));
}

function measureForm(units: Readonly<Record<string, number>>): EditorForm {
  return {
    anyOf: [
      { type: "number" },
      matching(`^(-1|[0-9]+(\\.[0-9]+)? *(${Object.keys(units).filter(Boolean).join("|")})?)$`),
    ],
  };
}

function measured(
  words: string,
  parse: (value: string | number) => number | undefined,
  max: number,
): z.ZodType<number> {
  return z.union([z.number(), z.string()], { error: `expected ${words}` }).transform((value, context) => {
    const amount = parse(value);
    if (amount !== undefined && amount <= max) return amount;
    context.issues.push({
      code: "custom",
      message: amount === undefined ? `expected ${words}` : "is too much",
      input: value,
    });
    return z.NEVER;
  });
}

/** `forEver` is what -1 means, where it means anything. Fractions are rounded up, so that nothing but zero becomes zero. */
function parseMeasure(
  value: string | number,
  units: Readonly<Record<string, number>>,
  forEver: number | undefined,
): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(String(value).trim());
  if (!match) return undefined;
  if (match[0] === "-1") return forEver;
  const unit = Object.hasOwn(units, match[2] ?? "") ? units[match[2] ?? ""] : undefined;
  const amount = Number(match[1]);
  return unit === undefined || amount < 0 ? undefined : Math.ceil(amount * unit);
}

/** A mapping of names to text. */
export function textMap(words: string): z.ZodType<Record<string, string>> {
  return inWords(words, z.record(z.string(), withoutNul(), { error: `expected ${words}` }));
}

/** A mapping of names to text for a process; numbers and booleans become the text they are written as. */
export function environment(): z.ZodType<Record<string, string>> {
  const words = "a mapping of names to text";
  const scalar = z
    .union([z.string(), z.number(), z.boolean()], { error: "expected text" })
    .transform(String)
    .pipe(withoutNul());
  return inWords(
    words,
    z.record(z.string().regex(/^[^=\u0000]+$/, { error: "is no name of a variable" }), scalar, {
      error: `expected ${words}`,
    }),
  );
}

function withoutNul(): z.ZodType<string, string> {
  // eslint-disable-next-line no-control-regex
  return z.string({ error: "expected text" }).regex(/^[^\u0000]*$/, { error: "must not hold a NUL character" });
}

/** A mapping that is handed on as it is. */
export function anyMap(words: string): z.ZodType<Record<string, unknown>> {
  return inWords(words, z.record(z.string(), z.unknown(), { error: `expected ${words}` }));
}

/** A mapping of a few known keys; keys that begin with `x-` are free here too. */
export function closedMap<S extends z.ZodRawShape>(shape: S, error: string): z.ZodType<z.output<z.ZodObject<S>>> {
  return z.preprocess(dropFreeKeys, z.strictObject(shape, { error })) as unknown as z.ZodType<z.output<z.ZodObject<S>>>;
}

function dropFreeKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isFreeKey(key)));
}

/** What jflow takes and lays aside. */
export function anything(): z.ZodType {
  return inWords("anything", z.unknown());
}

const POLLING_WORDS = '"ANY", "ALL" or "HASH"';
const POLLINGS: Readonly<Record<string, Polling>> = { "1": "ANY", "2": "ALL", ANY: "ANY", ALL: "ALL", HASH: "HASH" };

const ONE_POLLING: EditorForm = {
  anyOf: [{ enum: ["ANY", "ALL", "HASH", "any", "all", "hash", 1, 2] }, { type: "string", pattern: VARIABLE_PATTERN }],
};

function onePolling(error: string): z.ZodType<Polling> {
  const schema = z.union([z.string(), z.number()], { error }).transform((value, context) => {
    const known = String(value).toUpperCase();
    const polling = Object.hasOwn(POLLINGS, known) ? POLLINGS[known] : undefined;
    if (polling !== undefined) return polling;
    context.issues.push({ code: "custom", message: error, input: value });
    return z.NEVER;
  });
  return inWords(POLLING_WORDS, schema, ONE_POLLING);
}

/** `ANY`, `ALL` or `HASH` in any case (Jina's 1 and 2 too), a mapping of endpoints to these, or that mapping as JSON text. */
export function polling(): z.ZodType<StatedPolling> {
  const error = `expected ${POLLING_WORDS}, or a mapping of endpoints to these`;
  const table = z.record(z.string(), onePolling(`expected ${POLLING_WORDS}`));
  const schema = z.preprocess(fromJsonText, z.union([table, onePolling(error)], { error }));
  return inWords("`ANY`, `ALL`, `HASH`, or a mapping of endpoints to these", schema, {
    anyOf: [
      ...ONE_POLLING.anyOf,
      { type: "string", pattern: "^\\s*\\{" },
      { type: "object", additionalProperties: ONE_POLLING },
    ],
  });
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch (error) {
    // No JSON after all: the text itself is judged, and refused with what is expected here.
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

/** Elasticsearch's interval between the fsyncs of an asynchronous log. */
const ASYNC_MS = 5000;

/** `request` (fsync before each acknowledgement), `async` (every 5 s), or `{ async: 1s }`. */
export function durability(): z.ZodType<Durability> {
  const error = 'expected "request", "async" or { async: 5s }';
  const schema = z.union(
    [
      z.literal("request"),
      z.literal("async").transform(() => ({ asyncMs: ASYNC_MS })),
      closedMap({ async: duration() }, error).transform((value) => ({ asyncMs: value.async })),
    ],
    { error },
  );
  return inWords("`request`, `async`, `{ async: 5s }`", schema);
}

/** One of a few words, in any case; given in lower case. */
export function oneOf<W extends string>(...words: readonly [W, ...W[]]): z.ZodType<W> {
  const error = `expected ${words.map((word) => `"${word}"`).join(" or ")}`;
  const schema = z.preprocess(
    (value) => (typeof value === "string" ? value.toLowerCase() : value),
    z.enum(words, { error }),
  );
  return inWords(words.map((word) => `\`${word}\``).join(", "), schema, {
    anyOf: [
      { enum: words.flatMap((word) => [word, word.toUpperCase()]) },
      { type: "string", pattern: VARIABLE_PATTERN },
    ],
  });
}
