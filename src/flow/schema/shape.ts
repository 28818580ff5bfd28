import { z } from "zod";

/** A schema for every key of a mapping: what each key takes, its default and its description. */
export type Shape<Values extends object> = { readonly [Key in keyof Values]-?: z.ZodType<Values[Key]> };

/** The mapping of a shape as one schema, which knows no other keys: for the JSON Schema. Keys that begin with `x-` are free. */
export function toObjectSchema(shape: Readonly<Record<string, z.ZodType>>): z.ZodObject {
  return z.strictObject(shape);
}

/** Keys that begin with `x-` belong to the user. */
export function isFreeKey(key: string): boolean {
  return key.startsWith("x-");
}
