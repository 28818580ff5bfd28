import { z } from "zod";

/** What a kind of value is called in the YAML table. */
export const valueLabels: z.core.$ZodRegistry<{ words: string }> = z.registry<{ words: string }>();

/** A piece of JSON Schema. */
export interface EditorForm {
  readonly anyOf: readonly Readonly<Record<string, unknown>>[];
}

/**
 * What an editor is told of a value that is converted while it is read: from its schema alone it
 * could not know.
 */
export const editorForms: z.core.$ZodRegistry<EditorForm> = z.registry<EditorForm>();

/** A value that holds a reference to a variable may become anything. */
const VARIABLE = "\\$\\{";

/** Gives a schema its words for the YAML table, and its form for editors where they need one. */
export function withLabel<S extends z.ZodType>(words: string, schema: S, form?: EditorForm): S {
  valueLabels.add(schema, { words });
  if (form) editorForms.add(schema, form);
  return schema;
}

/** Text of the given pattern, or with a variable in it. */
export function textForm(pattern: string): Readonly<Record<string, unknown>> {
  return { type: "string", pattern: `${pattern}|${VARIABLE}` };
}

/** One of a few values, or a variable. */
export function oneOfForm(values: readonly (string | number)[]): EditorForm {
  return { anyOf: [{ enum: values }, { type: "string", pattern: VARIABLE }] };
}

/** The schema within defaults and options; the schema itself where there is nothing around it. */
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

/** The default of a key as a file would state it; undefined where it has none. */
export function statedDefault(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? schema.def.defaultValue
    : undefined;
}

/** Keys that begin with `x-` belong to the user. */
export function isFreeKey(key: string): boolean {
  return key.startsWith("x-");
}
