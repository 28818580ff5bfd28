import { isJsonObject } from "../../../util/json-object.ts";
import type { EndpointSchemas, JsonSchema } from "../../../document/v2/endpoint-schema.ts";
import { setKey } from "../../../document/values/struct.ts";
import { OWN_DOCUMENT } from "./own-schema.ts";

/**
 * What executors of docarray v1, and ours, call their documents. They tell their schema too, but
 * read them without.
 */
const UNTOLD: readonly unknown[] = ["PydanticDocument", OWN_DOCUMENT];

/**
 * The `schemas` of Jina's `EndpointsProto`, those of docarray v2 alone. A part that is no schema
 * counts as absent.
 */
export function readEndpointSchemas(struct: Readonly<Record<string, unknown>>): EndpointSchemas {
  const schemas: Record<string, unknown> = {};
  for (const [endpoint, told] of Object.entries(struct)) {
    const [input, output] = [modelOf(told, "input"), modelOf(told, "output")];
    if (input === undefined || output === undefined) continue;
    const isGenerator = isJsonObject(told) && told["is_generator"] === true;
    setKey(schemas, endpoint, { input, output, ...(isGenerator ? { isGenerator } : {}) });
  }
  return schemas as EndpointSchemas;
}

/** The same, to be written. */
export function tellEndpointSchemas(schemas: EndpointSchemas): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schemas).map(([endpoint, { input, output, isGenerator = false }]) => [
      endpoint,
      {
        input: { name: nameOf(input), model: input },
        output: { name: nameOf(output), model: output },
        is_generator: isGenerator,
        is_singleton_doc: false,
        parameters: { name: null, model: null },
      },
    ]),
  );
}

function modelOf(told: unknown, side: "input" | "output"): JsonSchema | undefined {
  const part = isJsonObject(told) ? told[side] : undefined;
  if (!isJsonObject(part) || UNTOLD.includes(part["name"])) return undefined;
  return isJsonObject(part["model"]) ? part["model"] : undefined;
}

function nameOf({ title }: JsonSchema): string {
  return typeof title === "string" ? title : "Document";
}
