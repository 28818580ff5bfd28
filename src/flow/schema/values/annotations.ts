import { z } from "zod";

/** The label of a kind of value in the table of keys. */
export const valueLabels: z.core.$ZodRegistry<{ words: string }> = z.registry<{ words: string }>();

/** A piece of JSON Schema. */
export interface EditorForm {
  readonly anyOf: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The JSON Schema of a value that is converted while it is read, which its zod schema cannot
 * express.
 */
export const editorForms: z.core.$ZodRegistry<EditorForm> = z.registry<EditorForm>();

/** A value with a variable in it may become anything. */
const VARIABLE = "\\$\\{";

/** Gives a schema its label for the table of keys and, if needed, its form for editors. */
export function withLabel<S extends z.ZodType>(words: string, schema: S, form?: EditorForm): S {
  valueLabels.add(schema, { words });
  if (form) editorForms.add(schema, form);
  return schema;
}

/** A text that matches a pattern or contains a variable. */
export function textForm(pattern: string): Readonly<Record<string, unknown>> {
  return { type: "string", pattern: `${pattern}|${VARIABLE}` };
}

/** One of a few values, or a text with a variable. */
export function oneOfForm(values: readonly (string | number)[]): EditorForm {
  return { anyOf: [{ enum: values }, { type: "string", pattern: VARIABLE }] };
}

/** Returns the schema inside defaults and optionals. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (
    !(
      schema instanceof z.ZodDefault ||
      schema instanceof z.ZodPrefault ||
      schema instanceof z.ZodOptional
    )
  )
    return schema;
  const inner: unknown = schema.unwrap();
  return inner instanceof z.ZodType ? unwrap(inner) : schema;
}

/** Returns the default of a key as a file states it, or `undefined`. */
export function statedDefault(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? schema.def.defaultValue
    : undefined;
}

/** Keys that start with `x-` belong to the user. */
export function isFreeKey(key: string): boolean {
  return key.startsWith("x-");
}
