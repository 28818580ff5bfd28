import { JflowError } from "../../index.ts";
import {
  type Metric,
  type SparseMetric,
  MAX_RESULTS,
  MAX_SPARSE_DIMENSIONS,
  DEFAULT_RESULTS,
  MAX_GRAPH_LINKS,
  MAX_SEARCH_WIDTH,
} from "../../vector-index/vector-index.ts";
import { assertKnownKeys, wholeNumber } from "./config.ts";

/** `uses_with` of `HNSWIndexer`. */
export interface HnswConfig {
  /** Length of the vectors; else the first vector's. Not used by metric `bm25`. */
  readonly dim?: number;
  /** `cosine`, unless the supervisor sets `bm25`: see `withDefaultMetric`. */
  readonly metric?: MetricName;
  /** Links per vector of the graph. */
  readonly M?: number;
  /** Width of the search that finds a new vector's links. */
  readonly ef_construction?: number;
  /** The search width of searches that do not set `ef`. */
  readonly ef?: number;
  /** The number of matches of a search that does not set `limit`. */
  readonly limit?: number;
}

/** `HnswConfig` with its defaults. */
export interface HnswOptions {
  readonly dimensions: number | undefined;
  /** The metric of the index. */
  readonly metric: Metric | SparseMetric;
  /** Under which name a match has its score, and what it is of the index's distance. */
  readonly score: Score;
  readonly M: number;
  readonly efConstruction: number;
  readonly ef: number;
  readonly limit: number;
}

interface Score {
  readonly name: MetricName;
  readonly of: (distance: number) => number;
}

const same = (distance: number): number => distance;
const METRICS = {
  cosine: { metric: "cosine", of: same },
  l2: { metric: "l2", of: same },
  ip: { metric: "ip", of: same },
  bm25: { metric: "bm25", of: same },
  // Euclid's distance is the root of hnswlib's l2; they rank alike.
  euclidean: { metric: "l2", of: (distance: number) => Math.fround(Math.sqrt(distance)) },
} as const;
type MetricName = keyof typeof METRICS;

/** Checks `uses_with`. Throws `INVALID_ARGUMENT` that names the key. */
export function readHnswConfig(config: HnswConfig): HnswOptions {
  assertKnownKeys("HNSWIndexer", { ...config }, [
    "dim",
    "metric",
    "M",
    "ef_construction",
    "ef",
    "limit",
  ]);
  const metric = config.metric ?? "cosine";
  const names = Object.keys(METRICS);
  if (!names.includes(metric))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `metric is ${JSON.stringify(metric)}: it must be ${names.join(", ")}`,
    );
  const dimensions =
    config.dim === undefined
      ? undefined
      : wholeNumber(config.dim, "dim", { least: 1, most: MAX_SPARSE_DIMENSIONS, fallback: 1 });
  return {
    // Counts of words have no length that the flow file could state.
    dimensions: metric === "bm25" ? undefined : dimensions,
    metric: METRICS[metric].metric,
    score: { name: metric, of: METRICS[metric].of },
    M: wholeNumber(config.M, "M", { least: 2, most: MAX_GRAPH_LINKS, fallback: 16 }),
    efConstruction: wholeNumber(config.ef_construction, "ef_construction", {
      least: 1,
      most: MAX_SEARCH_WIDTH,
      fallback: 200,
    }),
    ef: wholeNumber(config.ef, "ef", { least: 1, most: MAX_SEARCH_WIDTH, fallback: 100 }),
    limit: wholeNumber(config.limit, "limit", {
      least: 1,
      most: MAX_RESULTS,
      fallback: DEFAULT_RESULTS,
    }),
  };
}
