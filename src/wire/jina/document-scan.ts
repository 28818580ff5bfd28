/** 1: Jina's `DocumentProto`. 2: docarray 2's `DocProto`. */
export type DocumentVersion = 1 | 2;

/** One field of a document: its number (version 1) or its name (version 2). */
export interface ScannedField {
  readonly key: number | string;
  /** The whole records, tag included, in the order of the document: what `joinRecords` takes. */
  readonly records: readonly Uint8Array[];
  /** Proto3's default value, an empty message, or nothing in it: what Jina's merge rule calls empty. */
  readonly empty: boolean;
}

/** A document looked at without decoding it. No slice is a copy. */
export interface ScannedDocument {
  readonly bytes: Uint8Array;
  readonly version: DocumentVersion;
  /** `""` where it has none. */
  readonly id: string;
  readonly fields: ReadonlyMap<number | string, ScannedField>;
}

export type NestedField = "matches" | "chunks";

/** Keys that Jina's merge rule never copies (reference: jina 4.3): id, parent id, and the nested documents, which have a rule of their own. */
export declare const MERGE_EXCLUDED: ReadonlySet<number | string>;

/** Throws `INVALID_ARGUMENT` for malformed bytes. */
export declare function scanDocument(bytes: Uint8Array): ScannedDocument;
export declare function documentVersion(bytes: Uint8Array): DocumentVersion;
/** The id alone, cheaper than a scan; `""` where there is none. */
export declare function readDocumentId(bytes: Uint8Array): string;
/** `tags._routing` as text (a number is printed); undefined where there is none. */
export declare function readRoutingTag(bytes: Uint8Array): string | undefined;
/** The document with this id; for one that has none. */
export declare function withDocumentId(bytes: Uint8Array, id: string): Uint8Array;
/** The nested documents' bytes. */
export declare function nestedDocuments(document: ScannedDocument, field: NestedField): readonly Uint8Array[];
/** The record(s) that hold `documents` as `field`, for `joinRecords`; empty for none. */
export declare function nestedRecords(version: DocumentVersion, field: NestedField, documents: readonly Uint8Array[]): readonly Uint8Array[];
/** Names of the scores of a document (version 1), in the order they stand. */
export declare function scoreNames(bytes: Uint8Array): readonly string[];
/** `scores[name].value`; undefined where there is no such score. 0 counts as a value. */
export declare function readScore(bytes: Uint8Array, name: string): number | undefined;
/** A document from whole records, in this order. */
export declare function joinRecords(records: readonly Uint8Array[]): Uint8Array;
