import { isJsonObject } from "../../../util/json-object.ts";
import type { EndpointSchemas, JsonSchema } from "../../../document/v2/endpoint-schema.ts";
import { setKey } from "../../../document/values/struct.ts";
import { OWN_DOCUMENT } from "./own-schema.ts";

/**
 * The document classes of docarray v1 executors and of jflow's. These executors report schemas,
 * too, but accept any document.
 */
const GENERAL_CLASSES: readonly unknown[] = ["PydanticDocument", OWN_DOCUMENT];

/**
 * Reads the docarray v2 schemas in `schemas` of Jina's `EndpointsProto`. An invalid schema counts
 * as absent.
 */
export function endpointSchemasFromStruct(
  struct: Readonly<Record<string, unknown>>,
): EndpointSchemas {
  const schemas: Record<string, unknown> = {};
  for (const [endpoint, reported] of Object.entries(struct)) {
    const [input, output] = [modelOf(reported, "input"), modelOf(reported, "output")];
    if (input === undefined || output === undefined) continue;
    const isGenerator = isJsonObject(reported) && reported["is_generator"] === true;
    setKey(schemas, endpoint, { input, output, ...(isGenerator ? { isGenerator } : {}) });
  }
  return schemas as EndpointSchemas;
}

/** Returns `schemas` of Jina's `EndpointsProto`. */
export function endpointSchemasToStruct(schemas: EndpointSchemas): Record<string, unknown> {
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

function modelOf(reported: unknown, side: "input" | "output"): JsonSchema | undefined {
  const part = isJsonObject(reported) ? reported[side] : undefined;
  if (!isJsonObject(part) || GENERAL_CLASSES.includes(part["name"])) return undefined;
  return isJsonObject(part["model"]) ? part["model"] : undefined;
}

function nameOf({ title }: JsonSchema): string {
  return typeof title === "string" ? title : "Document";
}
