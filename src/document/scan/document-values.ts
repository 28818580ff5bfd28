import { decodeStruct } from "../values/struct.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { concatBytes, ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { Document } from "../document.ts";
import { FIELD } from "../v1/field-codecs.ts";
import { documentFormatOf, type DocumentFormat } from "../v2/document-format.ts";
import { NODE } from "../v2/node.ts";
import {
  encodeNamedNode,
  entryKey,
  entryValue,
  findNode,
  readNodeText,
  slicesOf,
} from "./document-fields.ts";

/** The tag that carries a document's routing key. */
const ROUTING_TAG = "_routing";

/** Throws `INVALID_ARGUMENT` for malformed bytes. */
export function documentFormat(bytes: Uint8Array): DocumentFormat {
  return translateRangeErrors("a document", () => documentFormatOf(bytes));
}

/** The id alone, cheaper than a scan; `""` where there is none. */
export function readDocumentId(bytes: Uint8Array): string {
  return translateRangeErrors("a document", () => readId(bytes, documentFormatOf(bytes)));
}

/** `tags._routing` as text (a number is printed); undefined where there is none. */
export function readRoutingTag(bytes: Uint8Array): string | undefined {
  return translateRangeErrors("a document", () => {
    return documentFormatOf(bytes) === "v1" ? readStructTag(bytes) : readNodeTag(bytes);
  });
}

/** The document with this id, for one that has none. */
export function withDocumentId(bytes: Uint8Array, id: string): Uint8Array {
  return translateRangeErrors("a document", () => {
    const format = documentFormatOf(bytes);
    const record =
      format === "v1"
        ? new ProtoWriter(64).putString(FIELD.id, id).finish()
        : encodeNamedNode("id", new ProtoWriter(64).putString(NODE.text, id).finish());
    // In front, where a reader finds it first; an empty one behind it would win, so it is dropped.
    return concatBytes([record, ...recordsWithoutId(bytes, format)]);
  });
}

/** The names in `scores`. */
export function scoreNames(bytes: Uint8Array): readonly string[] {
  return translateRangeErrors("a document", () => {
    if (documentFormatOf(bytes) === "v2") return Object.keys(Document.decode(bytes).scores);
    const names: string[] = [];
    const reader = new ProtoReader(bytes);
    while (reader.next()) {
      if (reader.field === FIELD.scores) names.push(entryKey(reader.message()));
    }
    return names;
  });
}

/** The score of this name; undefined where there is none. 0 counts as a value. */
export function readScore(bytes: Uint8Array, name: string): number | undefined {
  return translateRangeErrors("a document", () => {
    if (documentFormatOf(bytes) === "v2") return Document.decode(bytes).scores[name]?.value;
    let value: number | undefined;
    const reader = new ProtoReader(bytes);
    while (reader.next()) {
      if (reader.field === FIELD.scores && entryKey(reader.message()) === name)
        value = scoreValue(reader.message());
    }
    return value;
  });
}

/** Returns the id of a document of this format. Throws `RangeError` for malformed bytes. */
export function readId(bytes: Uint8Array, format: DocumentFormat): string {
  if (format === "v2") return readNodeText(findNode(bytes, "id"));
  let id = "";
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field !== FIELD.id) continue;
    id = reader.string();
    // Every writer we know puts the id first: no need to walk over matches.
    if (id !== "") return id;
  }
  return id;
}

function scoreValue(entry: ProtoReader): number {
  const reader = new ProtoReader(entryValue(entry));
  let value = 0;
  while (reader.next()) {
    if (reader.field === 1) value = reader.float();
  }
  return value;
}

/** The records but for those of the id, neighbours in one piece each. */
function recordsWithoutId(bytes: Uint8Array, format: DocumentFormat): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const reader = new ProtoReader(bytes);
  let start = 0;
  while (reader.next()) {
    const isId = reader.field === 1 && (format === "v1" || entryKey(reader.message()) === "id");
    if (!isId) continue;
    pieces.push(bytes.subarray(start, reader.recordStart));
    start = reader.recordEnd;
  }
  return [...pieces, bytes.subarray(start)];
}

function readStructTag(document: Uint8Array): string | undefined {
  for (const tags of slicesOf(document, FIELD.tags)) {
    const reader = new ProtoReader(tags);
    while (reader.next()) {
      // Only this one entry is decoded: a record of a Struct is a Struct with one key.
      if (entryKey(reader.message()) === ROUTING_TAG)
        return routingText(decodeStruct(reader.record())[ROUTING_TAG]);
    }
  }
  return undefined;
}

function readNodeTag(document: Uint8Array): string | undefined {
  const [dict] = slicesOf(findNode(document, "tags"), NODE.dict);
  return dict && routingText(readNodeText(findNode(dict, ROUTING_TAG)));
}

function routingText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
