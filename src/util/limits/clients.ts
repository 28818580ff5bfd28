// Command line and client. `npm run docs` writes src/LIMITS.md from this file.

/** The longest line, or list entry, of an input file. */
export const MAX_INPUT_LINE_BYTES = 64 * 1024 * 1024;

/** The longest record of a CSV file. */
export const MAX_CSV_RECORD_BYTES = 64 * 1024 * 1024;

/** The longest header of a CSV file. */
export const MAX_CSV_HEADER_BYTES = 64 * 1024;

/**
 * How long a post waits for a gateway that is gone. A gateway that died is back after half a
 * second; one that dies again and again, after 30 s.
 */
export const GATEWAY_WAIT_MS = 60_000;

/** How long the supervisor may take to answer a command. */
export const ASK_TIMEOUT_MS = 30_000;

/** How long a flow may drain after the first Ctrl-C in `jflow up`. */
export const INTERRUPT_DRAIN_MS = 10_000;

/** What a stop may take in addition to `--timeout` before `jflow down` fails. */
export const DOWN_GRACE_MS = 15_000;

/** The interval of progress lines of `jflow post` without a terminal. */
export const PLAIN_PROGRESS_MS = 5000;
