// Search. `npm run docs` writes src/LIMITS.md from this file.

/** `offset + limit` of one search, in `HNSWIndexer` and in the merge of several shards. */
export const MAX_RESULTS = 10_000;

/** Matches of a search without `limit`. */
export const DEFAULT_RESULTS = 10;

/** The largest `ef` and `ef_construction` of `HNSWIndexer`. */
export const MAX_SEARCH_WIDTH = 100_000;

/** The largest `M` of `HNSWIndexer`. */
export const MAX_GRAPH_LINKS = 512;

/** The longest dense embedding. */
export const MAX_DENSE_DIMENSIONS = 65_536;

/** The longest sparse embedding: its indices are below 2^31. */
export const MAX_SPARSE_DIMENSIONS = 2 ** 31 - 1;

/**
 * Vectors of a shard up to which every search is exact. Fewer above 256 dimensions: see
 * `EXACT_NUMBERS`.
 */
export const EXACT_LIMIT = 10_000;

/**
 * Vectors times dimensions up to which every search is exact. A scan takes about a millisecond per
 * million numbers (`test/bench/vector-index.ts`), so 2.5 ms at most.
 */
export const EXACT_NUMBERS = 2_560_000;

/** The size at which a segment of stored documents is sealed. */
export const DOCUMENT_SEGMENT_BYTES = 64 * 1024 * 1024;

/**
 * The length of a vector, by metric `ip` or `l2`. Every distance of two such vectors is a finite
 * 32-bit float.
 */
export const MAX_VECTOR_LENGTH = 9e18;
