import type { FieldMap } from "./field-map.ts";

/** How documents are made from records. */
export interface RecordOptions {
  readonly map: FieldMap;
  /** The delimiter of tables; undefined: the content decides. */
  readonly delimiter?: string | undefined;
  /** Returns the id of a text file. */
  readonly idOfFile: (path: string) => string;
}

/** The text of one input: UTF-8 without a byte order mark. */
export interface InputText {
  /** The path of the file; `-` is stdin. */
  readonly source: string;
  /** The beginning, at most 64 KB. */
  readonly start: Buffer;
  /** Whether `start` is all of it. */
  readonly isWhole: boolean;
  /** All of it, `start` included. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Reads it once more from the beginning. Undefined for a pipe. */
  readonly again: (() => AsyncIterable<Uint8Array>) | undefined;
}
