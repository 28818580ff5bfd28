/**
 * The distance of two vectors, as in hnswlib. Smaller is better. `cosine`: 1 - cosine of the angle;
 * `ip`: 1 - inner product; `l2`: squared Euclidean distance.
 */
export type Metric = "cosine" | "l2" | "ip";

/**
 * One found entry. `distance` is a float32 value, so that it survives the wire unchanged and ties
 * are ties everywhere.
 */
export interface Hit {
  readonly id: string;
  readonly distance: number;
}

/** A vector and the id it is kept under. */
export interface Entry<Vector> {
  readonly id: string;
  readonly vector: Vector;
}

/**
 * Non-zero coordinates: `values[i]` at `indices[i]`, below 2^31. Repeated indices are summed; any
 * order.
 */
export interface SparseCoordinates {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/**
 * Vectors by id, searched by distance. One write at a time: `addMany`, `remove` and `save` throw
 * `FAILED_PRECONDITION` while another `addMany` or `save` runs. Searches may run at any time, and
 * use the entries applied so far. The state depends only on the sequence of the operations, not on
 * time.
 */
export interface SimilarityIndex<Vector> {
  /** The number of entries. */
  readonly count: number;
  has(id: string): boolean;
  /**
   * Adds entries. An entry replaces the stored entry with the same id. All are checked first: one
   * of a wrong size, or with a coordinate that is no finite number, throws `INVALID_ARGUMENT` with
   * its id and nothing is applied. Yields to the event loop about every 8 ms.
   */
  addMany(entries: readonly Entry<Vector>[]): Promise<void>;
  /** Removes the entries with these ids. Returns the number of removed entries. */
  remove(ids: readonly string[]): number;
  /**
   * The nearest entries, best first, ties by id in code-unit order; fewer than `limit` only if
   * there are fewer. `ef` is the width of an approximate search (never less than `limit`) and is
   * ignored if the search is exact. Throws `INVALID_ARGUMENT` for a vector that could not be added
   * either.
   */
  search(vector: Vector, limit: number, ef?: number): Hit[];
  /**
   * A hash of ids and vectors. Equal content has equal hashes, regardless of the operations that
   * led to it.
   */
  digest(): string;
  /**
   * Writes the files of the index into `folder`, which is made if necessary. When the promise
   * resolves, the files are complete but not fsynced.
   */
  save(folder: string): Promise<void>;
  /** Releases the memory. No method may be called afterwards. */
  close(): void;
}

/** The index over vectors of one fixed size. */
export interface VectorIndex extends SimilarityIndex<Float32Array> {
  readonly dimensions: number;
}

/** The index over sparse vectors; always exact. */
export type SparseIndex = SimilarityIndex<SparseCoordinates>;
