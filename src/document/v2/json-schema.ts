import { isJsonObject } from "../../util/json-object.ts";
import type { JsonSchema } from "./endpoint-schema.ts";
import { writtenNumber } from "../values/json-floats.ts";
import { MAX_SCHEMA_STEPS } from "../../util/limits/documents.ts";

/** A field type that holds no other types. */
export type ScalarType = { readonly kind: "text" | "integer" | "float" | "boolean" | "tensor" };

/** The type of a field of a docarray v2 document. */
export type FieldType =
  | ScalarType
  | { readonly kind: "any" }
  | { readonly kind: "list" | "dict"; readonly items: JsonSchema }
  | { readonly kind: "document" | "documents"; readonly fields: JsonSchema }
  | { readonly kind: "union"; readonly options: readonly JsonSchema[] };

/** The definitions of a schema, by name. */
export type Definitions = Readonly<Record<string, unknown>>;

const ANY: JsonSchema = {};
const SIMPLE = new Map<unknown, FieldType>([
  ["string", { kind: "text" }],
  ["integer", { kind: "integer" }],
  ["number", { kind: "float" }],
  ["boolean", { kind: "boolean" }],
]);
/** docarray's own key, which marks an array as a tensor. */
const TENSOR_SHAPE = "tensor/array shape";

/** Returns the definitions of a schema of pydantic 1 or pydantic 2. */
export function definitionsOf(schema: JsonSchema): Definitions {
  return asSchema(schema["$defs"] ?? schema["definitions"]);
}

/** The fields of a document, each with its schema. */
export interface DocumentSchema {
  readonly fields: JsonSchema;
  readonly definitions: Definitions;
}

/** Reads the schema of a document. A schema without properties has no known fields. */
export function readDocumentSchema(schema: JsonSchema): DocumentSchema {
  const definitions = definitionsOf(schema);
  const type = readFieldType(schema, definitions);
  return { fields: type.kind === "document" ? type.fields : ANY, definitions };
}

/** Returns the schema of a field; for an unknown field, a schema that allows any value. */
export function schemaOfField(fields: JsonSchema, name: string): JsonSchema {
  return Object.hasOwn(fields, name) ? asSchema(fields[name]) : ANY;
}

/** Returns the type in a schema, with references resolved. */
export function readFieldType(schema: JsonSchema, definitions: Definitions): FieldType {
  const own = follow(schema, definitions);
  const options = optionsOf(own);
  if (options.length > 1) return { kind: "union", options };
  if (isJsonObject(own["properties"])) return { kind: "document", fields: own["properties"] };
  if (TENSOR_SHAPE in own) return { kind: "tensor" };
  if (own["type"] === "array") return readArrayType(own["items"], definitions);
  if (own["type"] === "object") return { kind: "dict", items: ANY };
  return SIMPLE.get(own["type"]) ?? { kind: "any" };
}

/**
 * Returns the first option of a union that fits a JSON value. Where no option fits, it returns the
 * first one, whose encoding then reports the wrong type.
 */
export function chooseOption(
  value: unknown,
  options: readonly JsonSchema[],
  definitions: Definitions,
): JsonSchema {
  return (
    options.find((option) => FITS[readFieldType(option, definitions).kind](value)) ?? options[0]!
  );
}

function readArrayType(items: unknown, definitions: Definitions): FieldType {
  const of = readFieldType(asSchema(items), definitions);
  return of.kind === "document"
    ? { kind: "documents", fields: of.fields }
    : { kind: "list", items: asSchema(items) };
}

function follow(schema: JsonSchema, definitions: Definitions): JsonSchema {
  let own = schema;
  for (let steps = 0; steps < MAX_SCHEMA_STEPS; steps += 1) {
    const options = optionsOf(own);
    const next = typeof own["$ref"] === "string" ? refer(own["$ref"], definitions) : options[0];
    if (next === undefined || options.length > 1) return own;
    own = next;
  }
  return ANY;
}

function refer(reference: string, definitions: Definitions): JsonSchema {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return Object.hasOwn(definitions, name) ? asSchema(definitions[name]) : ANY;
}

/** Returns the options of a union without null: every field may be null. */
function optionsOf(schema: JsonSchema): readonly JsonSchema[] {
  const options = schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"];
  return Array.isArray(options) ? options.map(asSchema).filter(({ type }) => type !== "null") : [];
}

const isAny = (): boolean => true;
const FITS: Readonly<Record<FieldType["kind"], (value: unknown) => boolean>> = {
  any: isAny,
  union: isAny,
  text: (value) => typeof value === "string" && writtenNumber(value) === undefined,
  integer: (value) => writtenNumber(value)?.isFloat === false,
  float: (value) => writtenNumber(value) !== undefined,
  boolean: (value) => typeof value === "boolean",
  document: isJsonObject,
  dict: isJsonObject,
  documents: (value) => Array.isArray(value) && value.every(isJsonObject),
  list: Array.isArray,
  tensor: Array.isArray,
};

function asSchema(value: unknown): JsonSchema {
  return isJsonObject(value) ? value : ANY;
}
