// Command line and client. `npm run docs` writes src/LIMITS.md from this file.

/** The maximum length of a line, or of an array entry, in an input file. */
export const MAX_INPUT_LINE_BYTES = 64 * 1024 * 1024;

/** The maximum length of a record in a CSV file. */
export const MAX_CSV_RECORD_BYTES = 64 * 1024 * 1024;

/** The maximum size of a row group in a Parquet file, uncompressed. */
export const MAX_PARQUET_GROUP_BYTES = 256 * 1024 * 1024;

/** The beginning of an input file that decides its format and the delimiter of a table. */
export const INPUT_SAMPLE_BYTES = 64 * 1024;

/** The time after which `jflow post` sends the documents of a slow input in a smaller batch. */
export const SLOW_INPUT_MS = 200;

/**
 * The time that a post waits for an unreachable gateway. The supervisor restarts a gateway after
 * half a second, and after at most 30 s if it fails again and again.
 */
export const GATEWAY_WAIT_MS = 60_000;

/** The time that the supervisor has to answer a command. */
export const ASK_TIMEOUT_MS = 30_000;

/** The time that an operation has to end after `jflow cancel`. */
export const CANCEL_TIMEOUT_MS = 600_000;

/** The time that requests in flight have to finish after the first Ctrl-C in `jflow up`. */
export const INTERRUPT_DRAIN_MS = 10_000;

/** The time in addition to `--timeout` after which `jflow down` fails. */
export const DOWN_GRACE_MS = 15_000;

/** The interval of the progress lines of `jflow post` if stderr is not a terminal. */
export const PLAIN_PROGRESS_MS = 5000;

/** The interval at which `jflow up` redraws the ages of replicas that start. */
export const CHECKLIST_TICK_MS = 1000;

/** The interval at which `jflow up` names the late replicas if stderr is not a terminal. */
export const LATE_START_MS = 10_000;

/** The age of a start from which `jflow up` shows the last line of each late replica. */
export const SLOW_START_MS = 2000;

/** How long `jflow post` and `Client` send a request again while the gateway is overloaded. */
export const OVERLOAD_WAIT_MS = 60_000;
