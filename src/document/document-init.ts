import type { Document } from "./document.ts";
import { FIELD, type NamedScore } from "./v1/field-codecs.ts";
import type { NdArray } from "./values/nd-array.ts";
import type { SparseVector } from "./values/sparse-vector.ts";

/** The fields of a new `Document` as plain values, nested documents included. */
export interface DocumentInit {
  id?: string;
  /** The id of the document that this chunk belongs to. */
  parentId?: string;
  /** The depth of nesting as a chunk: 0 at the root. */
  granularity?: number;
  /** The depth of nesting as a match: 0 at the root. */
  adjacency?: number;
  text?: string;
  blob?: Uint8Array;
  /** An array of any shape and type. */
  tensor?: NdArray | undefined;
  weight?: number;
  uri?: string;
  modality?: string;
  mimeType?: string;
  offset?: number;
  location?: number[];
  /** Values of JSON by name. */
  tags?: Record<string, unknown>;
  /** A dense vector, or an array of any shape. */
  embedding?: Float32Array | readonly number[] | NdArray | undefined;
  /** A sparse vector. A document has either this or `embedding`. */
  sparseEmbedding?: SparseVector | undefined;
  /** Scores by name, such as the metric of a search. */
  scores?: Record<string, NamedScore>;
  evaluations?: Record<string, NamedScore>;
  /** The parts of this document. */
  chunks?: readonly (Document | DocumentInit)[];
  /** The results of a search for this document. */
  matches?: readonly (Document | DocumentInit)[];
}

const FIELD_NAMES: ReadonlySet<string> = new Set([...Object.keys(FIELD), "sparseEmbedding"]);

/** Returns whether a key is a field of a `DocumentInit`. */
export function isFieldName(key: string): key is keyof DocumentInit {
  return FIELD_NAMES.has(key);
}
