import { z } from "zod";
import { flowSchema } from "./flow.ts";
import { editorForms, statedDefault, type EditorForm } from "./values/annotations.ts";

/**
 * Returns the JSON Schema (draft-07) of the flow file, which editors read. It is derived from the
 * schema that validates.
 */
export function flowJsonSchema(): object {
  const schema = z.toJSONSchema(flowSchema(), {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: adapt,
  });
  return { ...schema, title: "A flow of jflow" };
}

/** Adds what zod cannot express: defaults, free keys and the forms of converted values. */
function adapt({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const form = editorForms.get(zodSchema);
  if (form) replaceForm(jsonSchema, form);
  // `prefault` has the default as a file states it. Other defaults are the same before and after
  // conversion.
  const fallback = zodSchema instanceof z.ZodType ? statedDefault(zodSchema) : undefined;
  if (fallback !== undefined) Object.assign(jsonSchema, { default: fallback });
  if (zodSchema instanceof z.ZodObject) jsonSchema.patternProperties = { "^x-": {} };
}

function replaceForm(jsonSchema: z.core.JSONSchema.BaseSchema, form: EditorForm): void {
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  Object.assign(jsonSchema, structuredClone(form));
}
