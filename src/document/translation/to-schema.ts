import { documentFormatOf } from "../v2/document-format.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { encodeField } from "../v2/json-to-v2.ts";
import type { JsonSchema } from "../v2/endpoint-schema.ts";
import {
  readDocumentSchema,
  readFieldType,
  schemaOfField,
  type DocumentSchema,
} from "../v2/json-schema.ts";
import { encodeNodeMap, NODE } from "../v2/node.ts";
import { contentOf, readItems, readNodeMap, readNodeValue } from "../v2/node-value.ts";
import { encodeDictNode, encodeDocumentsNode } from "./v1-to-v2.ts";
import { toFormat } from "./to-format.ts";
import { nodeToJson } from "../v2/v2-to-json.ts";
import { MAX_NODE_LEVELS } from "../../util/limits/documents.ts";

type Nodes = Map<string, Uint8Array>;

const NOTHING = new Uint8Array(0);

/** The other names of a docarray v1 field: a schema may have one of them instead. */
const OTHER_NAMES: readonly (readonly [name: string, other: string])[] = [
  ["url", "uri"],
  ["blob", "bytes_"],
];

/**
 * Translates a docarray v1 document to the class that a schema describes. A tag with the name of a
 * schema field becomes that field. A docarray v2 document is returned unchanged. Throws
 * `INVALID_ARGUMENT` for malformed bytes, and for a tag that does not fit its field, which it
 * names.
 */
export function toSchema(bytes: Uint8Array, schema: JsonSchema): Uint8Array {
  return translateRangeErrors("a document", () => {
    if (documentFormatOf(bytes) === "v2") return bytes;
    return shape(toFormat(bytes, "v2"), readDocumentSchema(schema), 0);
  });
}

function shape(bytes: Uint8Array, schema: DocumentSchema, level: number): Uint8Array {
  if (level > MAX_NODE_LEVELS) throw new RangeError(`more than ${MAX_NODE_LEVELS} levels`);
  const nodes = readNodeMap(bytes);
  const { fields } = schema;
  for (const [name, other] of OTHER_NAMES) rename(nodes, fields, [name, other]);
  liftTags(nodes, schema);
  listArrays(nodes, schema);
  for (const name of ["chunks", "matches"]) {
    const type = readFieldType(schemaOfField(fields, name), schema.definitions);
    const documents = contentOf(nodes.get(name) ?? NOTHING, NODE.documents);
    if (type.kind !== "documents" || documents === undefined) continue;
    const nested = { fields: type.fields, definitions: schema.definitions };
    nodes.set(
      name,
      encodeDocumentsNode(readItems(documents).map((each) => shape(each, nested, level + 1))),
    );
  }
  return encodeNodeMap(nodes);
}

function rename(nodes: Nodes, fields: JsonSchema, [name, other]: readonly [string, string]): void {
  const node = nodes.get(name);
  if (node === undefined || Object.hasOwn(fields, name) || !Object.hasOwn(fields, other)) return;
  nodes.delete(name);
  nodes.set(other, node);
}

/** Converts an array to a list if the schema declares a plain list. */
function listArrays(nodes: Nodes, schema: DocumentSchema): void {
  for (const name of ["embedding", "tensor"]) {
    const node = nodes.get(name);
    const { kind } = readFieldType(schemaOfField(schema.fields, name), schema.definitions);
    if (node !== undefined && kind === "list")
      nodes.set(name, encodeField(name, nodeToJson(node), schema));
  }
}

function liftTags(nodes: Nodes, schema: DocumentSchema): void {
  const tags = readNodeMap(contentOf(nodes.get("tags") ?? NOTHING, NODE.dict) ?? NOTHING);
  for (const [name, node] of tags) {
    if (nodes.has(name) || !Object.hasOwn(schema.fields, name)) continue;
    nodes.set(name, encodeField(name, readNodeValue(node), schema));
    tags.delete(name);
  }
  if (nodes.has("tags")) nodes.set("tags", encodeDictNode(tags));
}
