import { z } from "zod";
import { parseNumber } from "../../text/scalars.ts";
import { isJsonObject } from "../../../util/json-object.ts";
import { oneOfForm, withLabel, isFreeKey, textForm } from "./annotations.ts";

/*
 * The kinds of values in a flow file. The error of each names the expected value, and the reader
 * adds the given one. Numbers and booleans are accepted as text, because variables are text.
 */

const CONTROL = /\p{Cc}/u;

export function integer(min: number, max: number): z.ZodType<number> {
  const error = "expected an integer";
  const [least, most] = [min.toLocaleString("en"), max.toLocaleString("en")];
  const number = z
    .number({ error })
    .refine(Number.isInteger, { error, abort: true })
    .min(min, { error: `must be at least ${least}` })
    .max(max, { error: `must be at most ${most}` });
  return withLabel(`integer, ${least} to ${most}`, z.preprocess(fromNumberText, number), {
    anyOf: [{ type: "integer", minimum: min, maximum: max }, textForm("^-?[0-9]+$")],
  });
}

function fromNumberText(value: unknown): unknown {
  return typeof value === "string" ? (parseNumber(value.trim()) ?? value) : value;
}

/**
 * Parses `true` and `false`, and `yes` and `no` as in YAML 1.1. `on` and `off` are text, as in
 * Jina.
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
 * One line of text, possibly empty. Control characters are refused, because the text ends in paths
 * and on terminals.
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

/** One line of text that is not empty. */
export function nonEmptyText(words: string): z.ZodType<string> {
  return withLabel(
    words,
    text(words).refine((value) => value !== "", { error: `expected ${words}` }),
  );
}

/** One text or a list of texts, parsed to a list. */
export function textList(words: string, plural: string): z.ZodType<readonly string[]> {
  return oneOrMore(nonEmptyText(words), words, plural);
}

/** One value or a list of values, parsed to a list. `plural` names several of them. */
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

export function textMap(words: string): z.ZodType<Readonly<Record<string, string>>> {
  return withLabel(words, z.record(z.string(), withoutNul(), { error: `expected ${words}` }));
}

/** Environment variables of a process. Numbers and booleans become text. */
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

/** A mapping whose values have no type of their own. */
export function openMap(words: string): z.ZodType<Readonly<Record<string, unknown>>> {
  const schema = z.record(z.string(), z.unknown(), { error: `expected ${words}` });
  openMaps.add(schema);
  return withLabel(words, schema);
}

/** Returns whether `openMap` made the schema. */
export function isOpenMap(schema: z.ZodType): boolean {
  return openMaps.has(schema);
}

/** A mapping of a few known keys. Keys that start with `x-` are free here too. */
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

/** A value that has no effect in jflow. */
export function anything(): z.ZodType {
  return withLabel("anything", z.unknown());
}

/** One of a few words in any case, parsed to lower case. */
export function oneOf<W extends string>(...words: readonly [W, ...W[]]): z.ZodType<W> {
  const error = `expected ${words.map((word) => `"${word}"`).join(" or ")}`;
  const schema = z.preprocess(
    (value) => (typeof value === "string" ? value.toLowerCase() : value),
    z.enum(words, { error }),
  );
  const forms = words.flatMap((word) => [word, word.toUpperCase()]);
  return withLabel(words.map((word) => `\`${word}\``).join(", "), schema, oneOfForm(forms));
}
