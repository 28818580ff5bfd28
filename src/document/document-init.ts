import type { Document } from "./document.ts";
import { FIELD, type NamedScore } from "./v1/field-codecs.ts";
import type { NdArray } from "./values/nd-array.ts";
import type { SparseVector } from "./values/sparse-vector.ts";

/** The fields of a new `Document` as plain values, nested documents included. */
export interface DocumentInit {
  id?: string;
  parentId?: string;
  granularity?: number;
  adjacency?: number;
  text?: string;
  blob?: Uint8Array;
  tensor?: NdArray | undefined;
  weight?: number;
  uri?: string;
  modality?: string;
  mimeType?: string;
  offset?: number;
  location?: number[];
  tags?: Record<string, unknown>;
  embedding?: Float32Array | readonly number[] | undefined;
  sparseEmbedding?: SparseVector | undefined;
  scores?: Record<string, NamedScore>;
  evaluations?: Record<string, NamedScore>;
  chunks?: readonly (Document | DocumentInit)[];
  matches?: readonly (Document | DocumentInit)[];
}

const FIELD_NAMES: ReadonlySet<string> = new Set([...Object.keys(FIELD), "sparseEmbedding"]);

/** Returns whether a key is a field of a `DocumentInit`. */
export function isFieldName(key: string): key is keyof DocumentInit {
  return FIELD_NAMES.has(key);
}
