import { translateRangeErrors } from "../../util/malformed.ts";
import { concatBytes, ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { FIELD } from "../v1/field-codecs.ts";
import { documentFormatOf, type DocumentFormat } from "../v2/document-format.ts";
import { NODE } from "../v2/node.ts";
import {
  encodeNamedNode,
  entryKey,
  entryValue,
  isEmptyNode,
  isEmptyRecord,
  readNodeDocuments,
  slicesOf,
} from "./document-fields.ts";
import { readId } from "./document-values.ts";

/** The tag of a nested document and its length. */
const MAX_HEAD_BYTES = 6;

/** One field of a document. */
export interface ScannedField {
  /** The number of the field (docarray v1) or its name (docarray v2). */
  readonly key: number | string;
  /** The records with their tags, in the order of the document, as `joinRecords` takes them. */
  readonly records: readonly Uint8Array[];
  /** The field holds proto3's default value or an empty message: empty in Jina's merge rule. */
  readonly empty: boolean;
}

/** A document split into fields without decoding it. All slices are views. */
export interface ScannedDocument {
  readonly bytes: Uint8Array;
  readonly format: DocumentFormat;
  /** `""` if the document has no id. */
  readonly id: string;
  readonly fields: ReadonlyMap<number | string, ScannedField>;
}

export type NestedField = "matches" | "chunks";

/**
 * The keys that Jina's merge rule never copies, in both formats: id, parent id, and the nested
 * documents, which have their own rule
 * (https://github.com/docarray/docarray/blob/v0.21.0/docarray/array/mixins/reduce.py).
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

/** Throws `INVALID_ARGUMENT` for malformed bytes. */
export function scanDocument(bytes: Uint8Array): ScannedDocument {
  return translateRangeErrors("a document", () => {
    const format = documentFormatOf(bytes);
    const fields = format === "v1" ? scanNumbered(bytes) : scanNamed(bytes);
    return { bytes, format, id: readId(bytes, format), fields };
  });
}

/** Returns the bytes of each nested document. */
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

/** Encodes `documents` as the records of `field`, for `joinRecords`. */
export function nestedRecords(
  format: DocumentFormat,
  field: NestedField,
  documents: readonly Uint8Array[],
): readonly Uint8Array[] {
  if (documents.length === 0) return [];
  const bytes = documents.reduce((sum, document) => sum + document.length + MAX_HEAD_BYTES, 0);
  if (format === "v1") {
    const records = new ProtoWriter(bytes);
    for (const document of documents) records.putBytes(FIELD[field], document);
    return [records.finish()];
  }
  const list = new ProtoWriter(bytes);
  for (const document of documents) list.putBytes(1, document);
  const node = new ProtoWriter(list.length + 16).putBytes(NODE.documents, list.finish());
  return [encodeNamedNode(field, node.finish())];
}

/** Concatenates records to a document. */
export function joinRecords(records: readonly Uint8Array[]): Uint8Array {
  return concatBytes(records);
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
