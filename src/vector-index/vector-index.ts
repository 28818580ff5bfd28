/**
 * The entry file of the vector index: vectors in memory, and segment files of their documents. The
 * component does not use shards, the network or the class `Document`.
 */
import { JflowError } from "../util/errors.ts";
import { openVectorFiles } from "./dense/dense-files.ts";
import { DenseIndex } from "./dense/dense-index.ts";
import {
  type Hnswlib,
  type LoadHnswlib,
  isHnswAvailable,
  loadInstalledHnswlib,
} from "./dense/hnswlib.ts";
import type { DenseOptions } from "./dense/dense-options.ts";
import type { Metric, VectorIndex } from "./core/similarity-index.ts";
import {
  EXACT_LIMIT,
  EXACT_NUMBERS,
  MAX_DENSE_DIMENSIONS,
  MAX_GRAPH_LINKS,
  MAX_SEARCH_WIDTH,
} from "../util/limits/search.ts";

export {
  DEFAULT_RESULTS,
  MAX_DENSE_DIMENSIONS,
  MAX_GRAPH_LINKS,
  MAX_RESULTS,
  MAX_SEARCH_WIDTH,
  MAX_SPARSE_DIMENSIONS,
  MAX_VECTOR_LENGTH,
} from "../util/limits/search.ts";
export { DocumentStore, type StoreOptions } from "./documents/document-store.ts";
export {
  type HnswAvailability,
  type Hnswlib,
  isHnswAvailable,
  type LoadHnswlib,
} from "./dense/hnswlib.ts";
export { loadSparseIndex, openSparseIndex, type SparseOptions } from "./sparse/sparse-index.ts";
export type { SparseMetric } from "./sparse/sparse-vector.ts";
export type {
  Entry,
  Hit,
  Metric,
  SimilarityIndex,
  SparseIndex,
  SparseCoordinates,
  VectorIndex,
} from "./core/similarity-index.ts";

/** The options of a dense index. */
export interface IndexOptions {
  readonly metric: Metric;
  readonly dimensions: number;
  /** The number of links of each vector in the graph. The default is 16. */
  readonly M?: number;
  /** The width of the search that finds the links of a new vector. The default is 200. */
  readonly efConstruction?: number;
  /** The search width of searches that do not set `ef`. The default is 100. */
  readonly ef?: number;
  /**
   * `exact` compares the query with every vector. `hnswlib`, the default, uses the HNSW graph,
   * except while the index is small or if the package does not load.
   */
  readonly backend?: "hnswlib" | "exact";
  /**
   * With at most this many vectors, every search is an exact scan. The default is 10,000, and less
   * for vectors of more than 256 dimensions.
   */
  readonly exactLimit?: number;
  /**
   * A file that exists only while an index is loaded. The default is one in the system's folder.
   */
  readonly scratch?: string;
  /** Called instead of loading the installed `hnswlib-node`. Only tests set this option. */
  readonly loadHnswlib?: LoadHnswlib;
}

/** The options of an index that is loaded. Without `dimensions`, those of the files are used. */
export type LoadOptions = Omit<IndexOptions, "dimensions"> & { readonly dimensions?: number };

/** Makes an empty index. Throws `INVALID_ARGUMENT` for an option out of its range. */
export function openVectorIndex(options: IndexOptions): VectorIndex {
  assertWhole("dimensions", options.dimensions, MAX_DENSE_DIMENSIONS);
  return new DenseIndex(settle(options, options.dimensions));
}

/**
 * Loads the index that `save` wrote into `folder`. Throws `DATA_LOSS` for missing or damaged files,
 * before native code reads them. Throws `FAILED_PRECONDITION` if the files have another metric or
 * number of dimensions.
 */
export async function loadVectorIndex(folder: string, options: LoadOptions): Promise<VectorIndex> {
  const { metric, dimensions } = options;
  const files = await openVectorFiles(folder, { metric, dimensions });
  try {
    const settings = settle(options, files.dimensions);
    return new DenseIndex(settings, await files.read(settings));
  } finally {
    await files.close();
  }
}

function settle(options: LoadOptions, dimensions: number): DenseOptions {
  const { metric, M = 16, efConstruction = 200, ef = 100 } = options;
  const { exactLimit = Math.min(EXACT_LIMIT, Math.floor(EXACT_NUMBERS / dimensions)) } = options;
  assertWhole("M", M, MAX_GRAPH_LINKS);
  assertWhole("efConstruction", efConstruction, MAX_SEARCH_WIDTH);
  assertWhole("ef", ef, MAX_SEARCH_WIDTH);
  // Cosine of vectors of length 1 is their inner product.
  const space = metric === "l2" ? "l2" : "ip";
  return {
    metric,
    dimensions,
    space,
    M,
    efConstruction,
    ef,
    exactLimit,
    hnswlib: findHnswlib(options),
    scratch: options.scratch,
  };
}

function findHnswlib({
  backend = "hnswlib",
  loadHnswlib = loadInstalledHnswlib,
}: LoadOptions): Hnswlib | undefined {
  return backend === "hnswlib" && isHnswAvailable(loadHnswlib).available
    ? loadHnswlib()
    : undefined;
}

function assertWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${name} is ${value}: it must be a whole number from 1 to ${most}`,
  );
}
