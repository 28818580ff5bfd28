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

/** The tag with the routing key of a document. */
const ROUTING_TAG = "_routing";

/** Returns the format of a document. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function documentFormat(bytes: Uint8Array): DocumentFormat {
  return translateRangeErrors("a document", () => documentFormatOf(bytes));
}

/** Returns the id; `""` if the document has no id. Reads only as far as the id. */
export function readDocumentId(bytes: Uint8Array): string {
  return translateRangeErrors("a document", () => readId(bytes, documentFormatOf(bytes)));
}

/** Returns `tags._routing`, a number as text; undefined if the document has no such tag. */
export function readRoutingTag(bytes: Uint8Array): string | undefined {
  return translateRangeErrors("a document", () => {
    return documentFormatOf(bytes) === "v1" ? readStructTag(bytes) : readNodeTag(bytes);
  });
}

/** Returns a document without an id with this id. */
export function withDocumentId(bytes: Uint8Array, id: string): Uint8Array {
  return translateRangeErrors("a document", () => {
    const format = documentFormatOf(bytes);
    const record =
      format === "v1"
        ? new ProtoWriter(64).putString(FIELD.id, id).finish()
        : encodeNamedNode("id", new ProtoWriter(64).putString(NODE.text, id).finish());
    // The id comes first, where a reader finds it at once. An empty id after it would win, so it
    // is dropped.
    return concatBytes([record, ...recordsWithoutId(bytes, format)]);
  });
}

/** Returns the names in `scores`. */
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

/** Returns the score of this name, which may be 0; undefined if the document has no such score. */
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
    // Writers put the id first, so the matches are not read.
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

/** Returns the document without the records of its id, adjacent records in one piece. */
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
      // A record of a Struct is itself a Struct with one key, so only this entry is decoded.
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
