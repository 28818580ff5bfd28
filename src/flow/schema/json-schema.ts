import { z } from "zod";
import { flowSchema } from "./flow.ts";
import { editorForms, statedDefault, type EditorForm } from "./annotations.ts";

/**
 * The flow file as JSON Schema draft-07 (what editors read through the modeline), from the schema
 * that also validates.
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

/**
 * What zod leaves out or cannot know: defaults, free keys, and the forms of values that are
 * converted.
 */
function adapt({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const form = editorForms.get(zodSchema);
  if (form) replaceForm(jsonSchema, form);
  // A converted value's default is given as the file would state it (`prefault`), or is the same
  // before and after.
  const fallback = zodSchema instanceof z.ZodType ? statedDefault(zodSchema) : undefined;
  if (fallback !== undefined) Object.assign(jsonSchema, { default: fallback });
  if (zodSchema instanceof z.ZodObject) jsonSchema.patternProperties = { "^x-": {} };
}

function replaceForm(jsonSchema: z.core.JSONSchema.BaseSchema, form: EditorForm): void {
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  Object.assign(jsonSchema, structuredClone(form));
}
