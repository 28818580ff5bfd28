import { JflowError, type Document, type SparseVector } from "../../index.ts";
import {
  MAX_VECTOR_LENGTH,
  type Metric,
  type SparseMetric,
} from "../../vector-index/vector-index.ts";
import { TermVectors } from "../text/term-counts.ts";

/** An embedding as documents carry it. */
export type AnyVector = Float32Array | SparseVector;

/** Throws `INVALID_ARGUMENT` with the position of a value that is not a finite number. */
export function assertNumbers(whose: string, vector: AnyVector): void {
  const values = valuesOf(vector);
  let at = 0;
  while (at < values.length && Number.isFinite(values[at])) at += 1;
  if (at === values.length) return;
  const position = vector instanceof Float32Array ? at : vector.indices[at];
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${whose} holds ${values[at]} at position ${position}: a 32-bit float holds finite numbers up to 3.4e38`,
  );
}

/** Throws `INVALID_ARGUMENT` for a vector whose distances by `ip` and `l2` may be infinite. */
export function assertLength(whose: string, vector: AnyVector): void {
  let squares = 0;
  for (const value of valuesOf(vector)) squares += value * value;
  const length = Math.sqrt(squares);
  if (length <= MAX_VECTOR_LENGTH) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${whose} has the length ${length.toPrecision(3)}: metrics ip and l2 take vectors up to a length of ${MAX_VECTOR_LENGTH.toExponential()}`,
  );
}

/** Throws `INVALID_ARGUMENT` for a value that cannot be how often a term occurs. */
export function assertCounts(whose: string, vector: AnyVector): void {
  const negative = valuesOf(vector).find((value) => value < 0);
  if (negative === undefined) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${whose} holds ${negative}: metric bm25 takes counts of terms`,
  );
}

/** Reads the vector that an index keeps of a document. */
export class VectorReader {
  /** Only for metric `bm25`, which ranks texts. */
  readonly #terms: TermVectors | undefined;

  constructor(metric: Metric | SparseMetric) {
    this.#terms = metric === "bm25" ? new TermVectors() : undefined;
  }

  /**
   * Returns the dense or sparse embedding of a document. For metric `bm25`, returns the counts of
   * its sparse embedding, or else those of the words of its text. Throws `INVALID_ARGUMENT` when
   * the document has none, or an embedding with more than one vector.
   */
  read(doc: Document): AnyVector {
    return this.#terms === undefined ? readVector(doc) : readCounts(doc, this.#terms);
  }

  /** Returns whether an update with this document changes the vector. */
  changes(doc: Document): boolean {
    const { vector } = readEmbedding(doc);
    return (
      (vector !== undefined && !isEmpty(vector)) || (this.#terms !== undefined && doc.text !== "")
    );
  }
}

function readCounts(doc: Document, terms: TermVectors): AnyVector {
  const { vector } = readEmbedding(doc);
  if (vector !== undefined && !(vector instanceof Float32Array)) return vector;
  if (doc.text !== "") return terms.vectorOf(doc.text);
  throw new JflowError(
    "INVALID_ARGUMENT",
    vector === undefined || isEmpty(vector)
      ? `the text of document "${doc.id}" is empty`
      : `the text of document "${doc.id}" is empty, and metric bm25 ranks texts: set metric: cosine in uses_with of HNSWIndexer to rank by dense embeddings`,
  );
}

function readVector(doc: Document): AnyVector {
  const { shape, vector } = readEmbedding(doc);
  if (shape.filter((size) => size !== 1).length > 1)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `the embedding of document "${doc.id}" has the shape (${shape.join(", ")}): an index takes one vector`,
    );
  if (vector !== undefined && !isEmpty(vector)) return vector;
  throw new JflowError(
    "INVALID_ARGUMENT",
    doc.text === ""
      ? `document "${doc.id}" has no embedding, and its text is empty`
      : `document "${doc.id}" has no embedding: put an encoder before the indexer`,
  );
}

/** A dense vector of length 0. A sparse vector without values is the zero vector. */
function isEmpty(vector: AnyVector): boolean {
  return vector instanceof Float32Array && vector.length === 0;
}

function readEmbedding(doc: Document): {
  readonly shape: readonly number[];
  readonly vector: AnyVector | undefined;
} {
  try {
    return {
      shape: doc.embeddingShape ?? [],
      vector: doc.embedding ?? doc.sparseEmbedding,
    };
  } catch (cause) {
    if (!(cause instanceof JflowError)) throw cause;
    throw new JflowError(cause.code, `the embedding of document "${doc.id}": ${cause.message}`, {
      cause,
    });
  }
}

function valuesOf(vector: AnyVector): Float32Array {
  return vector instanceof Float32Array ? vector : vector.values;
}

export function kindOf(vector: AnyVector): "dense" | "sparse" {
  return vector instanceof Float32Array ? "dense" : "sparse";
}

export function lengthOf(vector: AnyVector): number {
  return vector instanceof Float32Array ? vector.length : vector.dimensions;
}

/** Returns the vector as the other kind. */
export function toKind(vector: AnyVector, kind: "dense" | "sparse"): AnyVector {
  if (kindOf(vector) === kind) return vector;
  if (vector instanceof Float32Array) {
    const indices = Uint32Array.from(vector.keys()).filter((index) => vector[index] !== 0);
    return { dimensions: vector.length, indices, values: vector.filter((value) => value !== 0) };
  }
  const dense = new Float32Array(vector.dimensions);
  for (const [i, index] of vector.indices.entries()) dense[index] = vector.values[i]!;
  return dense;
}
