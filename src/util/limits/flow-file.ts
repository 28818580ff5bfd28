// Flow file. `npm run docs` writes src/LIMITS.md from this file.

/** The longest flow file, in UTF-16 units. */
export const MAX_FLOW_FILE_CHARS = 1_000_000;

/**
 * Values of a flow file after its anchors are expanded. Anchors multiply: ten lines can mean a
 * billion values.
 */
export const MAX_FLOW_VALUES = 20_000;

/** Levels of nested values in a flow file. */
export const MAX_FLOW_DEPTH = 64;

/** Levels of references inside the defaults of references. */
export const MAX_VARIABLE_DEPTH = 8;

/** Shards times replicas of one deployment. */
export const MAX_PROCESSES_PER_DEPLOYMENT = 1024;

/** The longest name of an executor. */
export const MAX_NAME_CHARS = 63;

/** The longest time-out: what a timer of Node counts, 24.8 days. Jina's -1 means this. */
export const MAX_TIMER_MS = 2_147_483_647;

/**
 * The interval between two fsyncs of an asynchronous log, if the flow file does not set it.
 * Elasticsearch's default.
 */
export const DEFAULT_ASYNC_SYNC_MS = 5000;

/** The default of `debounce` of `watch`. */
export const DEFAULT_DEBOUNCE_MS = 200;

/** The largest `debounce` of `watch`. */
export const MAX_DEBOUNCE_MS = 60_000;
