import type { Document } from "../../document/document.ts";

/** Where a document came from. */
export interface Place {
  /** The file's path as it was given; `-` is standard input. */
  readonly source: string;
  /** From 1; 0 where the whole file is one document. */
  readonly line: number;
}

/** A document on its way out. */
export interface InputDocument {
  /** Jina's `DocumentProto`. */
  readonly bytes: Uint8Array;
  /** `""` where it has none: the gateway then makes one. */
  readonly id: string;
  /** Absent for documents that were made in memory. */
  readonly place?: Place;
}

/** What reading input gives: documents, and lines that are none. */
export type InputItem =
  | { readonly kind: "document"; readonly document: InputDocument }
  | {
      readonly kind: "bad";
      readonly place: Place;
      /** What is wrong with it. */
      readonly reason: string;
      /** The line as it stood; of one that is too long its beginning. */
      readonly text: string;
    };

/** A document as input. */
export function toInput(document: Document, place?: Place): InputDocument {
  return { bytes: document.encode(), id: document.id, ...(place ? { place } : {}) };
}
