import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { FIELD } from "../v1/field-codecs.ts";
import { encodeDenseArray } from "../values/nd-array.ts";
import { encodeStruct, setKey } from "../values/struct.ts";
import { NODE } from "../v2/node.ts";
import { contentOf, readItems, readNodeMap, readNodeValue } from "../v2/node-value.ts";

type Write = (writer: ProtoWriter, node: Uint8Array, nested: Translation["nested"]) => void;

/** Translates the parts that docarray v1 stores differently. */
export interface Translation {
  /** Translates a nested document. */
  readonly nested: (bytes: Uint8Array) => Uint8Array;
  /** Returns the JSON value of a field that docarray v1 does not have; undefined leaves it out. */
  readonly ownField: (node: Uint8Array) => unknown;
}

/** The class name of a numpy array in docarray v1. */
const ARRAY_CLASS = "numpy";

/**
 * The writers of the fields that docarray v1 has, by docarray v2 name, in the order in which they
 * are written. The last one of text, blob and tensor is the content of the document.
 */
const WRITERS: ReadonlyMap<string, Write> = new Map([
  ["id", writeText(FIELD.id)],
  ["tensor", writeArray(FIELD.tensor)],
  ["blob", writeBlob],
  ["text", writeText(FIELD.text)],
  ["granularity", writeWhole(FIELD.granularity)],
  ["adjacency", writeWhole(FIELD.adjacency)],
  ["parent_id", writeText(FIELD.parentId)],
  ["weight", writeFloat(FIELD.weight)],
  ["url", writeText(FIELD.uri)],
  ["uri", writeText(FIELD.uri)],
  ["modality", writeText(FIELD.modality)],
  ["mime_type", writeText(FIELD.mimeType)],
  ["offset", writeFloat(FIELD.offset)],
  ["chunks", writeDocuments(FIELD.chunks)],
  ["matches", writeDocuments(FIELD.matches)],
  ["embedding", writeArray(FIELD.embedding)],
  ["scores", writeScores(FIELD.scores)],
  ["evaluations", writeScores(FIELD.evaluations)],
]);

/** Returns whether docarray v1 has a field of this name. Fields of other names become tags. */
export function isKnownName(name: string): boolean {
  return WRITERS.has(name) || name === "tags";
}

/**
 * Converts a `DocProto` to a `DocumentProto`. Fields that docarray v1 does not have become tags.
 * Throws `RangeError` for malformed bytes.
 */
export function v2ToV1(bytes: Uint8Array, { nested, ownField }: Translation): Uint8Array {
  const nodes = readNodeMap(bytes);
  const writer = new ProtoWriter(bytes.length + 64);
  for (const [name, write] of WRITERS) {
    const node = nodes.get(name);
    if (node !== undefined) write(writer, node, nested);
  }
  const tags = readTags(nodes, ownField);
  if (Object.keys(tags).length > 0) writer.putBytes(FIELD.tags, encodeStruct(tags));
  return writer.finish();
}

/**
 * Returns the docarray v1 tags of a docarray v2 document: the fields that docarray v1 does not
 * have, overlaid with the entries of `tags`.
 */
export function readTags(
  nodes: ReadonlyMap<string, Uint8Array>,
  ownField: Translation["ownField"] = readNodeValue,
): Record<string, unknown> {
  const tags: Record<string, unknown> = {};
  for (const [name, node] of nodes) {
    const value = isKnownName(name) ? null : ownField(node);
    if (value !== null && value !== undefined) setKey(tags, name, value);
  }
  const own = nodes.get("tags");
  const dict = own && readNodeValue(own);
  return typeof dict === "object" ? { ...tags, ...dict } : tags;
}

function writeText(field: number): Write {
  return (writer, node) => {
    const value = readNodeValue(node);
    if (typeof value === "string" || typeof value === "number") writer.string(field, String(value));
  };
}

function writeWhole(field: number): Write {
  return (writer, node) => {
    const value = readNodeValue(node);
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0)
      writer.putUint(field, value);
  };
}

function writeFloat(field: number): Write {
  return (writer, node) => {
    const value = readNodeValue(node);
    if (typeof value === "number") writer.float(field, value);
  };
}

function writeBlob(writer: ProtoWriter, node: Uint8Array): void {
  writer.bytes(FIELD.blob, contentOf(node, NODE.blob, NODE.text) ?? node.subarray(0, 0));
}

/** Accepts an array or a list of numbers, which a client without the schema sends. */
function writeArray(field: number): Write {
  return (writer, node) => {
    const array = contentOf(node, NODE.array);
    const [dense] = array === undefined ? listToDense(node) : readItems(array);
    if (dense === undefined) return;
    writer.putBytes(
      field,
      new ProtoWriter(dense.length + 32).putBytes(1, dense).putString(3, ARRAY_CLASS).finish(),
    );
  };
}

function listToDense(node: Uint8Array): Uint8Array[] {
  const list = readNodeValue(node);
  if (!Array.isArray(list) || !list.every((item) => typeof item === "number")) return [];
  const buffer = new Uint8Array(Float64Array.from(list).buffer);
  return [encodeDenseArray({ dtype: "<f8", shape: [list.length], buffer })];
}

/** Accepts documents or a list of dictionaries with the fields of documents. */
function writeDocuments(field: number): Write {
  return (writer, node, nested) => {
    const documents = contentOf(node, NODE.documents);
    const list = contentOf(node, NODE.list);
    const found =
      documents === undefined
        ? readItems(list ?? node.subarray(0, 0)).flatMap(
            (item) => contentOf(item, NODE.document, NODE.dict) ?? [],
          )
        : readItems(documents);
    for (const document of found) writer.putBytes(field, nested(document));
  };
}

/** Accepts a number or a dictionary with a `value` for each score. */
function writeScores(field: number): Write {
  return (writer, node) => {
    const scores = readNodeValue(node);
    if (typeof scores !== "object" || scores === null) return;
    for (const [name, score] of Object.entries(scores as Record<string, unknown>)) {
      const value =
        typeof score === "object" && score !== null && "value" in score ? score.value : score;
      if (typeof value !== "number") continue;
      const entry = new ProtoWriter(32)
        .putString(1, name)
        .putBytes(2, new ProtoWriter(8).float(1, value).finish());
      writer.putBytes(field, entry.finish());
    }
  };
}
