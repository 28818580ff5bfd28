import type { Metric } from "../core/similarity-index.ts";
import type { Hnswlib } from "./hnswlib.ts";
import type { GraphShape } from "./native-graph.ts";

/** The options of an index, with all defaults applied. */
export interface DenseOptions extends GraphShape {
  readonly metric: Metric;
  /** The search width of a search that does not set `ef`. */
  readonly ef: number;
  /** With at most this many living vectors, every search is a scan. */
  readonly exactLimit: number;
  /** If undefined, no graph is used and every search is a scan. */
  readonly hnswlib: Hnswlib | undefined;
  /**
   * A file that exists only while an index is loaded. The default is one in the system's folder.
   */
  readonly scratch: string | undefined;
}
