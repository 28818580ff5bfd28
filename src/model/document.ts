import type { NdArray, SparseVector } from "./nd-array.ts";

/** One named score of a document: Jina's `NamedScoreProto`. */
export interface NamedScore {
  value: number;
  opName?: string;
  description?: string;
  refId?: string;
}

/** The documents of a request. */
export type DocumentArray = Document[];

/** What a `Document` can be made of: any of its fields as plain values; nested documents too. */
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
  location?: readonly number[];
  tags?: Record<string, unknown>;
  embedding?: Float32Array | readonly number[] | undefined;
  sparseEmbedding?: SparseVector | undefined;
  scores?: Record<string, NamedScore>;
  evaluations?: Record<string, NamedScore>;
  chunks?: readonly (Document | DocumentInit)[];
  matches?: readonly (Document | DocumentInit)[];
}

/**
 * A document: Jina's fields in camelCase, never undefined but for `tensor`, `embedding` and `sparseEmbedding`. One made from bytes decodes a
 * field when it is asked for, and writes back byte for byte what nobody touched.
 * Of `text`, `blob` and `tensor` a document holds one: setting one to a non-empty value clears the others.
 */
export declare class Document {
  id: string;
  parentId: string;
  granularity: number;
  adjacency: number;
  text: string;
  /** Empty when there is none. */
  blob: Uint8Array;
  tensor: NdArray | undefined;
  weight: number;
  uri: string;
  modality: string;
  mimeType: string;
  offset: number;
  location: number[];
  tags: Record<string, unknown>;
  /** The dense embedding, whatever numpy type it came in. */
  get embedding(): Float32Array | undefined;
  set embedding(value: Float32Array | readonly number[] | undefined);
  /** The embedding, where it came as a scipy matrix of one row. A document has this or `embedding`. */
  sparseEmbedding: SparseVector | undefined;
  scores: Record<string, NamedScore>;
  evaluations: Record<string, NamedScore>;
  get chunks(): Document[];
  set chunks(value: readonly (Document | DocumentInit)[]);
  get matches(): Document[];
  set matches(value: readonly (Document | DocumentInit)[]);

  constructor(init?: DocumentInit);
  /** Of Jina's `DocumentProto`. Throws `INVALID_ARGUMENT` where the bytes are malformed or a docarray 2 document. */
  static decode(bytes: Uint8Array): Document;
  /** As Jina's `DocumentProto`. */
  encode(): Uint8Array;
}
