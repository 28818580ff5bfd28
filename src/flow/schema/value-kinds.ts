import { z } from "zod";
import { parseNumber } from "../text/scalars.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { oneOfForm, withLabel, isFreeKey, textForm } from "./annotations.ts";

/*
 * The kinds of values a flow file holds. Each says what it takes in the message of its error ("expected ..."), to which the reader adds
 * what it got. Numbers and booleans are also taken as text, since variables are text.
 */

const CONTROL = /\p{Cc}/u;

/** A whole number. */
export function integer(min: number, max: number): z.ZodType<number> {
  const error = "expected an integer";
  const [least, most] = [min.toLocaleString("en"), max.toLocaleString("en")];
  const number = z
    .number({ error })
    .int({ error })
    .min(min, { error: `must be at least ${least}` })
    .max(max, { error: `must be at most ${most}` });
  return withLabel(`integer number, ${least} to ${most}`, z.preprocess(fromNumberText, number), {
    anyOf: [{ type: "integer", minimum: min, maximum: max }, textForm("^-?[0-9]+$")],
  });
}

function fromNumberText(value: unknown): unknown {
  return typeof value === "string" ? (parseNumber(value.trim()) ?? value) : value;
}

/**
 * `true` or `false`; `yes` and `no` as in YAML 1.1, `on` and `off` not (Jina reads them as text).
 */
export function flag(): z.ZodType<boolean> {
  const schema = z.preprocess(fromTruthText, z.boolean({ error: "expected true or false" }));
  return withLabel("true, false", schema, {
    anyOf: [{ type: "boolean" }, textForm("^([Tt]rue|TRUE|[Yy]es|YES|[Ff]alse|FALSE|[Nn]o|NO)$")],
  });
}

function fromTruthText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (/^(?:true|yes)$/i.test(value)) return true;
  return /^(?:false|no)$/i.test(value) ? false : value;
}

/**
 * Text on one line, perhaps empty; control characters are refused, since it ends in paths and on
 * terminals.
 */
export function text(words = "text"): z.ZodType<string> {
  const error = `expected ${words}`;
  return withLabel(
    words,
    z
      .string({ error })
      .refine((value) => !CONTROL.test(value), { error: "must not contain control characters" }),
  );
}

/** Text on one line that is not empty. */
export function nonEmptyText(words: string): z.ZodType<string> {
  return withLabel(
    words,
    text(words).refine((value) => value !== "", { error: `expected ${words}` }),
  );
}

/** One text or a list of texts, as a list. */
export function textList(words: string, plural: string): z.ZodType<readonly string[]> {
  return oneOrMore(nonEmptyText(words), words, plural);
}

/** One value or a list of such, as a list. */
export function oneOrMore<T>(
  schema: z.ZodType<T>,
  words: string,
  plural: string,
): z.ZodType<readonly T[]> {
  const label = `${words}, or a list of ${plural}`;
  const union = z.union([schema.transform((value) => [value]), z.array(schema)], {
    error: `expected ${label}`,
  });
  return withLabel(label, union);
}

/** A mapping of names to text. */
export function textMap(words: string): z.ZodType<Readonly<Record<string, string>>> {
  return withLabel(words, z.record(z.string(), withoutNul(), { error: `expected ${words}` }));
}

/**
 * A mapping of names to text for a process; numbers and booleans become the text they are written
 * as.
 */
export function environment(): z.ZodType<Readonly<Record<string, string>>> {
  const words = "a mapping of names to text";
  const name = z.string().refine((value) => !/[=\0]/.test(value), {
    error: 'a name of a variable must not contain "=" or NUL',
  });
  const scalar = z.union([z.string(), z.number(), z.boolean()], { error: "expected text" });
  return withLabel(
    words,
    z.record(name, scalar.transform(String).pipe(withoutNul()), { error: `expected ${words}` }),
  );
}

function withoutNul(): z.ZodType<string, string> {
  return z
    .string({ error: "expected text" })
    .refine((value) => !value.includes("\0"), { error: "must not contain a NUL character" });
}

const openMaps = new WeakSet<z.ZodType>();

/** A mapping that is handed on as it is. */
export function openMap(words: string): z.ZodType<Readonly<Record<string, unknown>>> {
  const schema = z.record(z.string(), z.unknown(), { error: `expected ${words}` });
  openMaps.add(schema);
  return withLabel(words, schema);
}

/** Whether a schema is one of `openMap`. */
export function isOpenMap(schema: z.ZodType): boolean {
  return openMaps.has(schema);
}

/** A mapping of a few known keys; keys that begin with `x-` are free here too. */
export function closedMap<S extends z.ZodRawShape>(
  shape: S,
  error: string,
): z.ZodPreprocess<z.ZodObject<{ -readonly [Key in keyof S]: S[Key] }, z.core.$strict>> {
  const known = `known keys: ${Object.keys(shape).join(", ")}`;
  const describe = ({ code }: { code: string }): string =>
    code === "unrecognized_keys" ? known : error;
  return z.preprocess(dropFreeKeys, z.strictObject(shape, { error: describe }));
}

function dropFreeKeys(value: unknown): unknown {
  return isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !isFreeKey(key)))
    : value;
}

/** What jflow takes and lays aside. */
export function anything(): z.ZodType {
  return withLabel("anything", z.unknown());
}

/** One of a few words, in any case; given in lower case. */
export function oneOf<W extends string>(...words: readonly [W, ...W[]]): z.ZodType<W> {
  const error = `expected ${words.map((word) => `"${word}"`).join(" or ")}`;
  const schema = z.preprocess(
    (value) => (typeof value === "string" ? value.toLowerCase() : value),
    z.enum(words, { error }),
  );
  const forms = words.flatMap((word) => [word, word.toUpperCase()]);
  return withLabel(words.map((word) => `\`${word}\``).join(", "), schema, oneOfForm(forms));
}
