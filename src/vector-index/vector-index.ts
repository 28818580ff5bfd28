/**
 * The entry file of the vector index: vectors in memory, and segment files of their documents. It
 * has no shard, no network and no `Document`.
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
} from "../util/limits/search.ts";
export { DocumentStore, type StoreOptions } from "./documents/document-store.ts";
export {
  type HnswAvailability,
  type Hnswlib,
  isHnswAvailable,
  type LoadHnswlib,
} from "./dense/hnswlib.ts";
export { loadSparseIndex, openSparseIndex, type SparseOptions } from "./sparse/sparse-index.ts";
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
  /** Links per vector of the graph: 16 unless given. */
  readonly M?: number;
  /** Width of the search that finds a new vector's links: 200 unless given. */
  readonly efConstruction?: number;
  /** Width of searches that name none: 100 unless given. */
  readonly ef?: number;
  /**
   * `exact` scans always; `hnswlib`, the default, does so only while the index is small or the
   * package does not load.
   */
  readonly backend?: "hnswlib" | "exact";
  /**
   * Up to so many vectors every search is a scan: 10,000 unless given, fewer above 256 dimensions.
   */
  readonly exactLimit?: number;
  /** In place of loading the installed package. */
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
 * which never reach native code, and `FAILED_PRECONDITION` when the files hold another metric or
 * other dimensions.
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
