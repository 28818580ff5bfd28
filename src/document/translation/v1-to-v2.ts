import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { FIELD } from "../v1/field-codecs.ts";
import { decodeStruct } from "../values/struct.ts";
import { encodeValue } from "../v2/json-to-v2.ts";
import { encodeDenseNode, encodeNodeMap, NODE } from "../v2/node.ts";

type ReadNode = (reader: ProtoReader) => Uint8Array | undefined;

const readText: ReadNode = (reader) => encodeValue(reader.string());
const readWhole: ReadNode = (reader) => encodeValue(reader.uint());
const readFloat: ReadNode = (reader) =>
  new ProtoWriter(16).putDouble(NODE.float, reader.float()).finish();

/** The singular fields of docarray v1: the docarray v2 name, and the conversion of a record. */
const SINGLE: ReadonlyMap<number, readonly [name: string, read: ReadNode]> = new Map([
  [FIELD.id, ["id", readText]],
  [
    FIELD.blob,
    [
      "blob",
      (reader) =>
        new ProtoWriter(reader.slice().length + 8).putBytes(NODE.blob, reader.slice()).finish(),
    ],
  ],
  [FIELD.tensor, ["tensor", readArray]],
  [FIELD.text, ["text", readText]],
  [FIELD.granularity, ["granularity", readWhole]],
  [FIELD.adjacency, ["adjacency", readWhole]],
  [FIELD.parentId, ["parent_id", readText]],
  [FIELD.weight, ["weight", readFloat]],
  [FIELD.uri, ["url", readText]],
  [FIELD.modality, ["modality", readText]],
  [FIELD.mimeType, ["mime_type", readText]],
  [FIELD.offset, ["offset", readFloat]],
  [FIELD.embedding, ["embedding", readArray]],
  [FIELD.tags, ["tags", (reader) => encodeValue(decodeStruct(reader.slice()))]],
]);

const SCORES: ReadonlyMap<number, string> = new Map([
  [FIELD.scores, "scores"],
  [FIELD.evaluations, "evaluations"],
]);

/** The docarray v2 names of the docarray v1 fields that hold documents. */
export const DOCUMENTS: ReadonlyMap<number, string> = new Map([
  [FIELD.chunks, "chunks"],
  [FIELD.matches, "matches"],
]);

/** Returns the docarray v2 name of a docarray v1 field. */
export function nameOf(field: number): string {
  return SINGLE.get(field)?.[0] ?? SCORES.get(field) ?? DOCUMENTS.get(field) ?? String(field);
}

/**
 * Converts the fields of a `DocumentProto` to nodes, under the names of docarray v2's
 * `LegacyDocument`. A score becomes a number. A sparse embedding, which docarray v2 does not have,
 * is left out. Throws `RangeError` or `INVALID_ARGUMENT` for malformed bytes.
 */
export function readNodes(
  bytes: Uint8Array,
  nested: (bytes: Uint8Array) => Uint8Array,
): Map<string, Uint8Array> {
  const nodes = new Map<string, Uint8Array>();
  const scores = new Map<string, (readonly [name: string, node: Uint8Array])[]>();
  const documents = new Map<string, Uint8Array[]>();
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    const single = SINGLE.get(reader.field);
    const scored = SCORES.get(reader.field);
    const nesting = DOCUMENTS.get(reader.field);
    const node = single?.[1](reader);
    if (single !== undefined && node !== undefined) nodes.set(single[0], node);
    if (scored !== undefined) append(scores, scored, readScore(reader.message()));
    if (nesting !== undefined) append(documents, nesting, nested(reader.slice()));
  }
  for (const [name, entries] of scores) nodes.set(name, encodeDictNode(entries));
  for (const [name, list] of documents) nodes.set(name, encodeDocumentsNode(list));
  return nodes;
}

/** Converts a `DocumentProto` to a `DocProto`. The id is always written, and written first. */
export function v1ToV2(bytes: Uint8Array, nested: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const nodes = readNodes(bytes, nested);
  const id = nodes.get("id") ?? new Uint8Array(0);
  nodes.delete("id");
  return encodeNodeMap([["id", id] as const, ...nodes]);
}

/** Encodes a dictionary as a `NodeProto`. */
export function encodeDictNode(
  entries: Iterable<readonly [name: string, node: Uint8Array]>,
): Uint8Array {
  const map = encodeNodeMap(entries);
  return new ProtoWriter(map.length + 8).putBytes(NODE.dict, map).finish();
}

/** Encodes documents as a `NodeProto`. */
export function encodeDocumentsNode(documents: readonly Uint8Array[]): Uint8Array {
  const list = new ProtoWriter(256);
  for (const document of documents) list.putBytes(1, document);
  return new ProtoWriter(list.length + 8).putBytes(NODE.documents, list.finish()).finish();
}

/** Reads dense arrays, which are the same in both formats; undefined for a sparse array. */
function readArray(reader: ProtoReader): Uint8Array | undefined {
  let dense: Uint8Array | undefined;
  const content = reader.message();
  while (content.next()) {
    if (content.field === 1) dense = content.slice();
  }
  return dense && encodeDenseNode(dense);
}

function readScore(entry: ProtoReader): [string, Uint8Array] {
  let name = "";
  let value = 0;
  while (entry.next()) {
    if (entry.field === 1) name = entry.string();
    else if (entry.field === 2) value = readScoreValue(entry.message());
  }
  return [name, new ProtoWriter(16).putDouble(NODE.float, value).finish()];
}

function readScoreValue(score: ProtoReader): number {
  let value = 0;
  while (score.next()) {
    if (score.field === 1) value = score.float();
  }
  return value;
}

function append<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}
