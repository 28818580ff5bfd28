type Options = Readonly<Record<string, unknown>>;

/** An executor of Jina Hub that a built-in replaces. */
interface HubExecutor {
  /** The name of the built-in. */
  readonly builtIn: string;
  /**
   * Translates `uses_with` into options of the built-in. Unknown options stay, and the built-in
   * refuses them.
   */
  translate(options: Options): Options;
}

/** The executor that an address of Jina Hub names. */
export interface HubAddress {
  readonly name: string;
  /** Absent if no built-in replaces the executor. */
  readonly executor?: HubExecutor;
}

/** `jinahub://Name/tag`, `jinahub+docker://Name`, `jinaai://user/Name:tag`. */
const ADDRESS = /^(?:jinahub(?:\+\w+)?:\/\/|jinaai(?:\+\w+)?:\/\/[^/]+\/)([^/:@]+)/;

/** hnswlib's names. Its `l2` is the square of the Euclidean distance. */
const METRICS: Readonly<Record<string, string>> = { sqeuclidean: "l2", inner_product: "ip" };
/** Options that have no visible effect here. */
const UNUSED_OPTIONS: ReadonlySet<string> = new Set([
  "columns",
  "include_metadata",
  "list_like",
  "serialize_config",
  "table_name",
]);
/**
 * Options that choose documents of a request. Built-ins use the documents at the root, so only the
 * root is accepted.
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
  // The earlier name, which Jina's documentation still uses.
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

/** Returns whether the value is `r`, `@r`, `[r]` or empty. */
function isRoot(value: unknown): boolean {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value];
  return paths.every((path) => path === null || (typeof path === "string" && ROOT.test(path)));
}

function metricOf(value: unknown): unknown {
  return typeof value === "string" && Object.hasOwn(METRICS, value) ? METRICS[value] : value;
}

/**
 * Reads an address of Jina Hub, in any version and packaging. Returns `undefined` for any other
 * text. Names match in any case, as they did in the hub.
 */
export function readHubAddress(text: string): HubAddress | undefined {
  const written = ADDRESS.exec(text)?.[1];
  if (written === undefined) return undefined;
  const name = HUB_NAMES.find((known) => known.toLowerCase() === written.toLowerCase());
  return name === undefined ? { name: written } : { name, executor: EXECUTORS[name]! };
}

/** The names of Jina Hub that built-ins replace. */
export const HUB_NAMES: readonly string[] = Object.keys(EXECUTORS);
