type Options = Readonly<Record<string, unknown>>;

/** An executor of Jina's hub that a built-in stands in for. */
interface HubExecutor {
  /** The built-in's name. */
  readonly builtIn: string;
  /**
   * Its `uses_with` in the built-in's words. Keys that it does not know stay, for the built-in to
   * refuse.
   */
  translate(options: Options): Options;
}

/** What a hub address names. */
export interface HubAddress {
  readonly name: string;
  /** Undefined: nothing here does the same. */
  readonly executor?: HubExecutor;
}

/** `jinahub://Name/tag`, `jinahub+docker://Name`, `jinaai://user/Name:tag`. */
const ADDRESS = /^(?:jinahub(?:\+\w+)?:\/\/|jinaai(?:\+\w+)?:\/\/[^/]+\/)([^/:@]+)/;

/** hnswlib's words; its l2 is the square of Euclid's distance. */
const METRICS: Readonly<Record<string, string>> = { sqeuclidean: "l2", inner_product: "ip" };
/** Options of those executors that change nothing a client can see here. */
const UNUSED_OPTIONS: ReadonlySet<string> = new Set([
  "columns",
  "include_metadata",
  "list_like",
  "serialize_config",
  "table_name",
]);
/**
 * Which documents of a request are meant. Those at its root always are here: only that may be said.
 */
const PATHS: ReadonlySet<string> = new Set([
  "access_paths",
  "index_access_paths",
  "index_traversal_paths",
  "search_access_paths",
  "search_traversal_paths",
  "traversal_left",
  "traversal_paths",
  "traversal_rdarray",
  "traversal_right",
]);
const ROOT = /^@?r$/;
const ANN_WORDS: Readonly<Record<string, string>> = {
  n_dim: "dim",
  ef_query: "ef",
  ef_search: "ef",
  max_connection: "M",
};
/** Matches without a `limit`: the default of docarray's `match`. */
const MATCH_LIMIT = 20;

const ANN: HubExecutor = {
  builtIn: "HNSWIndexer",
  translate: (options) => rename(options, ANN_WORDS),
};

const EXECUTORS: Readonly<Record<string, HubExecutor>> = {
  ANNLiteIndexer: ANN,
  // Its name before, which Jina's page on scaling out has.
  PQLiteIndexer: ANN,
  SimpleIndexer: {
    builtIn: "HNSWIndexer",
    translate({ match_args: match, ...options }) {
      const stated = typeof match === "object" && match !== null ? rename({ ...match }, {}) : {};
      return { limit: MATCH_LIMIT, ...rename(options, {}), ...stated };
    },
  },
  MatchMerger: { builtIn: "MatchMerger", translate: (options) => options },
};

function rename(options: Options, words: Readonly<Record<string, string>>): Options {
  const kept = Object.entries(options).filter(
    ([key, value]) => !UNUSED_OPTIONS.has(key) && !(PATHS.has(key) && isRoot(value)),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [words[key] ?? key, key === "metric" ? metricOf(value) : value]),
  );
}

/** `r`, `@r`, `[r]`, or nothing said. */
function isRoot(value: unknown): boolean {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value];
  return paths.every((path) => path === null || (typeof path === "string" && ROOT.test(path)));
}

function metricOf(value: unknown): unknown {
  return typeof value === "string" && Object.hasOwn(METRICS, value) ? METRICS[value] : value;
}

/**
 * Reads an address of Jina's hub, which is gone, in whatever version and packing; undefined for any
 * other text. The hub took names in any case, and flows have `AnnLiteIndexer` as often as
 * `ANNLiteIndexer`.
 */
export function readHubAddress(text: string): HubAddress | undefined {
  const written = ADDRESS.exec(text)?.[1];
  if (written === undefined) return undefined;
  const name = HUB_NAMES.find((known) => known.toLowerCase() === written.toLowerCase());
  return name === undefined ? { name: written } : { name, executor: EXECUTORS[name]! };
}

/** The hub names that built-ins stand in for. */
export const HUB_NAMES: readonly string[] = Object.keys(EXECUTORS);
