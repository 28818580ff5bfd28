import { FIELD } from "../../document/v1/field-codecs.ts";
import { documentFormatOf, type DocumentFormat } from "../../document/v2/document-format.ts";
import { NODE } from "../../document/v2/node.ts";
import { Document } from "../../document/document.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { decodeStruct } from "../../document/values/struct.ts";
import { BYTES, concatBytes, ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import {
  encodeNamedNode,
  entryKey,
  entryValue,
  findNode,
  isEmptyNode,
  isEmptyRecord,
  readNodeDocuments,
  readNodeText,
  slicesOf,
} from "./document-fields.ts";

export type { DocumentFormat } from "../../document/v2/document-format.ts";

/** One field of a document: its number (docarray v1) or its name (docarray v2). */
export interface ScannedField {
  readonly key: number | string;
  /** The whole records, tag included, in the order of the document: what `joinRecords` takes. */
  readonly records: readonly Uint8Array[];
  /**
   * Proto3's default value, an empty message, or nothing in it: what Jina's merge rule calls empty.
   */
  readonly empty: boolean;
}

/** A document looked at without decoding it. No slice is a copy. */
export interface ScannedDocument {
  readonly bytes: Uint8Array;
  readonly format: DocumentFormat;
  /** `""` where it has none. */
  readonly id: string;
  readonly fields: ReadonlyMap<number | string, ScannedField>;
}

export type NestedField = "matches" | "chunks";

/**
 * Keys that Jina's merge rule never copies: id, parent id, and the nested documents, which have a
 * rule of their own, in both formats.
 */
export const MERGE_EXCLUDED: ReadonlySet<number | string> = new Set([
  FIELD.id,
  FIELD.parentId,
  FIELD.chunks,
  FIELD.matches,
  "id",
  "parent_id",
  "chunks",
  "matches",
]);

/** The tag that carries a document's routing key. */
const ROUTING_TAG = "_routing";

/** Throws `INVALID_ARGUMENT` for malformed bytes. */
export function scanDocument(bytes: Uint8Array): ScannedDocument {
  return translateRangeErrors("a document", () => {
    const format = documentFormatOf(bytes);
    const fields = format === "v1" ? scanNumbered(bytes) : scanNamed(bytes);
    return { bytes, format, id: readId(bytes, format), fields };
  });
}

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

/** The nested documents' bytes. */
export function nestedDocuments(
  document: ScannedDocument,
  field: NestedField,
): readonly Uint8Array[] {
  const scanned = document.fields.get(document.format === "v1" ? FIELD[field] : field);
  if (!scanned) return [];
  return translateRangeErrors("a document", () => {
    const values = scanned.records.flatMap((record) =>
      slicesOf(record, document.format === "v1" ? FIELD[field] : 1),
    );
    if (document.format === "v1") return values;
    return values.flatMap((entry) => readNodeDocuments(entryValue(new ProtoReader(entry))));
  });
}

/** The records that hold `documents` as `field`, for `joinRecords`; none for none. */
export function nestedRecords(
  format: DocumentFormat,
  field: NestedField,
  documents: readonly Uint8Array[],
): readonly Uint8Array[] {
  if (documents.length === 0) return [];
  if (format === "v1")
    return documents.flatMap((document) => [recordHead(FIELD[field], document.length), document]);
  const list = new ProtoWriter(documents.reduce((sum, document) => sum + document.length + 10, 16));
  for (const document of documents) list.putBytes(1, document);
  const node = new ProtoWriter(list.length + 16).putBytes(NODE.documents, list.finish());
  return [encodeNamedNode(field, node.finish())];
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

/** A document from whole records, in this order. */
export function joinRecords(records: readonly Uint8Array[]): Uint8Array {
  return concatBytes(records);
}

function readId(bytes: Uint8Array, format: DocumentFormat): string {
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

function scanNumbered(bytes: Uint8Array): Map<number, ScannedField> {
  const fields = new Map<number, { key: number; records: Uint8Array[]; empty: boolean }>();
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    const empty = isEmptyRecord(reader);
    const field = fields.get(reader.field);
    if (field) {
      field.records.push(reader.record());
      field.empty = field.empty && empty;
    } else {
      fields.set(reader.field, { key: reader.field, records: [reader.record()], empty });
    }
  }
  return fields;
}

function scanNamed(bytes: Uint8Array): Map<string, ScannedField> {
  const fields = new Map<string, ScannedField>();
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) continue;
    const key = entryKey(reader.message());
    fields.set(key, {
      key,
      records: [reader.record()],
      empty: isEmptyNode(entryValue(reader.message())),
    });
  }
  return fields;
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

/** The tag and length in front of a nested document. */
function recordHead(field: number, length: number): Uint8Array {
  return new ProtoWriter(16)
    .varint(field * 8 + BYTES)
    .varint(length)
    .finish();
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
