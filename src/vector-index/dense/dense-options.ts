import type { Metric } from "../core/similarity-index.ts";
import type { Hnswlib } from "./hnswlib.ts";
import type { GraphShape } from "./native-graph.ts";

/** The settings of an index, all decided. */
export interface DenseOptions extends GraphShape {
  readonly metric: Metric;
  /** The search width of a search that does not set `ef`. */
  readonly ef: number;
  /** Up to so many living vectors every search is a scan. */
  readonly exactLimit: number;
  /** Undefined: no graph, every search is a scan. */
  readonly hnswlib: Hnswlib | undefined;
}
