import type { Document } from "../../../document/document.ts";

/** The origin of a document. */
export interface InputLocation {
  /** The path of the file as the caller gave it; `-` is stdin. */
  readonly source: string;
  /** The line, from 1; 0 if the whole file is one document. */
  readonly line: number;
}

/** A document to send. */
export interface InputDocument {
  /** Jina's `DocumentProto`. */
  readonly bytes: Uint8Array;
  /** `""` for a document without an id: the gateway then creates one. */
  readonly id: string;
  /** Undefined for a document that does not come from a file. */
  readonly location?: InputLocation;
}

/** A document, or a part of the input that cannot be read as one. */
export type InputItem =
  | { readonly kind: "document"; readonly document: InputDocument }
  | {
      readonly kind: "bad";
      readonly location: InputLocation;
      readonly reason: string;
      /** The text that cannot be read, or its beginning if it is too long. */
      readonly text: string;
    }
  /** Something about the whole input that its user should know. Notices may repeat. */
  | { readonly kind: "notice"; readonly source: string; readonly text: string };

/** Encodes a document. */
export function toInput(document: Document, location?: InputLocation): InputDocument {
  return { bytes: document.encode(), id: document.id, ...(location ? { location } : {}) };
}
