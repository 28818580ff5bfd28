// Shards and their disk. `npm run docs` writes src/LIMITS.md from this file.

/**
 * Writes that are logged but not on every in-sync copy yet. Further writes wait before they run.
 */
export const MAX_UNACKNOWLEDGED_RECORDS = 1_000;

/** Bytes of the writes that wait in a primary. Further writes fail with `RESOURCE_EXHAUSTED`. */
export const MAX_WAITING_WRITE_BYTES = 256 * 1024 * 1024;

/** Operation ids that a shard remembers. A key that is repeated later is a new write. */
export const REMEMBERED_OPERATIONS = 100_000;

/** Results of writes that a copy remembers, for the answers to repeats. */
export const REMEMBERED_RESULTS = 1_000;

/** The longest result that is remembered, as JSON. */
export const MAX_REMEMBERED_RESULT_CHARS = 10_000;

/** How long an election waits for every in-sync copy after all copies were gone. */
export const IN_SYNC_WAIT_MS = 10_000;

/**
 * How long an in-sync copy may take for a record, in addition to the time that the primary took.
 */
export const LATE_AFTER_MS = 10_000;

/** A copy that uses the processor may take this many times as long. */
export const BUSY_COPY_FACTOR = 3;

/** A snapshot is due when the replay of the log after the last snapshot would take this long. */
export const SNAPSHOT_REPLAY_MS = 2_000;

/** A snapshot is due when the log after the last snapshot has this size. */
export const SNAPSHOT_LOG_BYTES = 64 * 1024 * 1024;

/** A large snapshot waits until the replay takes this many times the time of the snapshot. */
export const SNAPSHOT_WORTH = 5;

/** Snapshots that a copy keeps. The log goes back to the oldest of them. */
export const KEPT_SNAPSHOTS = 2;

/** The size at which a segment of the log is sealed. */
export const LOG_SEGMENT_BYTES = 64 * 1024 * 1024;

/** Free disk space below which writes fail with `RESOURCE_EXHAUSTED`. */
export const RESERVED_DISK_BYTES = 4 * 1024 * 1024;

/** The longest message of an exception that the log keeps. */
export const MAX_LOGGED_ERROR_CHARS = 2000;

/** The largest record of a log that is sent to another copy. */
export const MAX_REPLICATION_MESSAGE_BYTES = 512 * 1024 * 1024;

/** How long `jflow verify` waits for copies that are written to. */
export const VERIFY_QUIET_MS = 10_000;

/** How long a copy may take to report its digest to `jflow verify`. */
export const INSPECT_MS = 10_000;
