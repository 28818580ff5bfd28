import { checkId } from "../values/whole-text.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { writtenNumber } from "../values/json-floats.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { assertNever } from "../../util/unreachable.ts";
import { JflowError } from "../../util/errors.ts";
import type { JsonSchema } from "./endpoint-schema.ts";
import {
  chooseOption,
  readDocumentSchema,
  readFieldType,
  schemaOfField,
  type Definitions,
  type DocumentSchema,
  type FieldType,
  type ScalarType,
} from "./json-schema.ts";
import { encodeArrayNode, encodeNodeMap, NODE } from "./node.ts";
import { arrayFromLists } from "./tensor-json.ts";
import { MAX_V2_JSON_LEVELS } from "../../util/limits/documents.ts";

const NOTHING = new Uint8Array(0);
const ANY: JsonSchema = {};
const INT32 = 2 ** 31;
/**
 * The values that pydantic accepts as a boolean, texts in lower case
 * (https://docs.pydantic.dev/latest/api/standard_library_types/#booleans).
 */
const TRUTHS: ReadonlyMap<unknown, boolean> = new Map([
  ...[true, 1, "1", "true", "t", "yes", "y", "on"].map((truth) => [truth, true] as const),
  ...[false, 0, "0", "false", "f", "no", "n", "off"].map((truth) => [truth, false] as const),
]);

/** The location of a value in a document. */
interface Spot {
  readonly definitions: Definitions;
  /** `matches.0.score`. */
  readonly path: string;
  readonly level: number;
  readonly hasPlainNumbers?: boolean;
}

/**
 * Encodes JSON of `parseJsonWithFloats` as a docarray v2 document (`DocProto`). `schema` decides
 * whether a list is a tensor and whether an object is a document. A key that the schema does not
 * name is encoded by its JSON type. An absent key is left out, and the executor's default applies.
 * `id` is always written first, as null if it is absent. Throws `INVALID_ARGUMENT` that names the
 * field of a wrong type.
 */
export function encodeV2Document(json: unknown, schema: JsonSchema): Uint8Array {
  const { fields, definitions } = readDocumentSchema(schema);
  return encodeFields(json, fields, { definitions, path: "", level: 0 });
}

/**
 * Encodes the JSON value of one field as a node of the type in the schema. The numbers are
 * JavaScript's, which do not distinguish floats from integers, so a tensor holds floats. Throws
 * `INVALID_ARGUMENT` that names the field of a wrong type.
 */
export function encodeField(name: string, value: unknown, schema: DocumentSchema): Uint8Array {
  const { fields, definitions } = schema;
  const spot = { definitions, path: name, level: 1, hasPlainNumbers: true };
  return encodeNode(value, schemaOfField(fields, name), spot);
}

/** Encodes a JSON value by its own type. Throws `INVALID_ARGUMENT` for more than 30 levels. */
export function encodeValue(value: unknown): Uint8Array {
  return encodeNode(value, ANY, { definitions: {}, path: "", level: 0 });
}

function encodeFields(json: unknown, fields: JsonSchema, spot: Spot): Uint8Array {
  if (!isJsonObject(json)) throw wrong(spot, "a document must be a JSON object", json);
  const { id = null, ...others } = json;
  if (typeof id === "string") checkId("id", id);
  return encodeNodeMap(
    Object.entries({ id, ...others }).map(([name, value]) => [
      name,
      encodeNode(value, schemaOfField(fields, name), nestedSpot(spot, name)),
    ]),
  );
}

function encodeNode(value: unknown, schema: JsonSchema, spot: Spot): Uint8Array {
  if (value === null || value === undefined) return NOTHING;
  if (spot.level > MAX_V2_JSON_LEVELS)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `documents are nested more than ${MAX_V2_JSON_LEVELS} levels deep`,
    );
  return encodeTyped(value, readFieldType(schema, spot.definitions), spot);
}

function encodeTyped(value: unknown, type: FieldType, spot: Spot): Uint8Array {
  if (isScalar(type)) return SCALARS[type.kind](value, spot);
  switch (type.kind) {
    case "union":
      return encodeNode(value, chooseOption(value, type.options, spot.definitions), {
        ...spot,
        level: spot.level + 1,
      });
    case "list":
      return encodeList(value, type.items, spot);
    case "dict":
      return encodeDict(value, type.items, spot);
    case "document":
      return nest(NODE.document, encodeFields(value, type.fields, spot));
    case "documents":
      return encodeDocuments(value, type.fields, spot);
    case "any":
      return encodeAny(value, spot);
    default:
      return assertNever(type);
  }
}

function isScalar(type: FieldType): type is ScalarType {
  return type.kind in SCALARS;
}

const SCALARS: Readonly<Record<ScalarType["kind"], (value: unknown, spot: Spot) => Uint8Array>> = {
  text: (value, spot) => new ProtoWriter(64).putString(NODE.text, textOf(value, spot)).finish(),
  integer: (value, spot) =>
    new ProtoWriter(16).putInt32(NODE.integer, integerOf(value, spot)).finish(),
  float: (value, spot) => new ProtoWriter(16).putDouble(NODE.float, numberOf(value, spot)).finish(),
  boolean: (value, spot) =>
    new ProtoWriter(16).putUint(NODE.boolean, truthOf(value, spot) ? 1 : 0).finish(),
  tensor: (value, spot) => encodeArrayNode(arrayFromLists(value, spot.path, spot.hasPlainNumbers)),
};

function encodeList(value: unknown, items: JsonSchema, spot: Spot): Uint8Array {
  return nest(
    NODE.list,
    repeat(
      itemsOf(value, spot).map((item, i) => encodeNode(item, items, nestedSpot(spot, String(i)))),
    ),
  );
}

function encodeDocuments(value: unknown, fields: JsonSchema, spot: Spot): Uint8Array {
  const documents = itemsOf(value, spot).map((item, i) =>
    encodeFields(item, fields, nestedSpot(spot, String(i))),
  );
  return nest(NODE.documents, repeat(documents));
}

function encodeDict(value: unknown, items: JsonSchema, spot: Spot): Uint8Array {
  if (!isJsonObject(value)) throw wrong(spot, "an object is expected", value);
  const nodes = Object.entries(value).map(
    ([name, item]) => [name, encodeNode(item, items, nestedSpot(spot, name))] as const,
  );
  return nest(NODE.dict, encodeNodeMap(nodes));
}

/** Encodes a value by its JSON type. A number that is not a 32-bit integer becomes a float. */
function encodeAny(value: unknown, spot: Spot): Uint8Array {
  const number = writtenNumber(value);
  if (number !== undefined) {
    const isInteger = !number.isFloat && number.value >= -INT32 && number.value < INT32;
    return SCALARS[isInteger ? "integer" : "float"](value, spot);
  }
  if (typeof value === "string") return SCALARS.text(value, spot);
  if (typeof value === "boolean") return SCALARS.boolean(value, spot);
  return Array.isArray(value) ? encodeList(value, ANY, spot) : encodeDict(value, ANY, spot);
}

/** Converts a number to text, as pydantic does. */
function textOf(value: unknown, spot: Spot): string {
  const text = writtenNumber(value)?.text ?? value;
  if (typeof text === "string") return text;
  throw wrong(spot, "text is expected", value);
}

function integerOf(value: unknown, spot: Spot): number {
  const number = numberOf(value, spot);
  if (!Number.isInteger(number)) throw wrong(spot, "a whole number is expected", value);
  if (number < -INT32 || number >= INT32)
    throw wrong(spot, "docarray v2 sends 32-bit whole numbers", value);
  return number;
}

/** Converts a text or a boolean to a number, as pydantic does. */
function numberOf(value: unknown, spot: Spot): number {
  const written = writtenNumber(value);
  if (written !== undefined) return written.value;
  const isNumeric = typeof value === "string" && value.trim() !== "";
  const number = typeof value === "boolean" || isNumeric ? Number(value) : NaN;
  if (Number.isNaN(number) && value !== "NaN") throw wrong(spot, "a number is expected", value);
  return number;
}

function truthOf(value: unknown, spot: Spot): boolean {
  const truth = TRUTHS.get(typeof value === "string" ? value.toLowerCase() : value);
  if (truth === undefined) throw wrong(spot, "true or false is expected", value);
  return truth;
}

function itemsOf(value: unknown, spot: Spot): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(spot, "a list is expected", value);
  return value;
}

function nest(field: number, content: Uint8Array): Uint8Array {
  return new ProtoWriter(content.length + 8).putBytes(field, content).finish();
}

function repeat(items: readonly Uint8Array[]): Uint8Array {
  const writer = new ProtoWriter(256);
  for (const item of items) writer.putBytes(1, item);
  return writer.finish();
}

function nestedSpot(spot: Spot, name: string): Spot {
  return { ...spot, path: spot.path === "" ? name : `${spot.path}.${name}`, level: spot.level + 1 };
}

function wrong({ path }: Spot, wanted: string, value: unknown): JflowError {
  return new JflowError(
    "INVALID_ARGUMENT",
    `${path === "" ? "" : `${path}: `}${wanted}, not ${show(value)}`,
  );
}

/**
 * Shows a list or an object by its type only: it may be large, or too deep for `JSON.stringify`.
 */
function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isJsonObject(value)) return "an object";
  const text = writtenNumber(value)?.text ?? JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
