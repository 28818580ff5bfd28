import type { Document } from "./document.ts";
import type { NamedScore } from "./v1/field-codecs.ts";
import type { NdArray } from "./values/nd-array.ts";
import type { SparseVector } from "./values/sparse-vector.ts";

/**
 * What a `Document` can be made of: its fields as plain values, each optional; nested documents
 * too.
 */
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
