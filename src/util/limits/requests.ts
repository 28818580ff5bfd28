// Requests and answers. `npm run docs` writes src/LIMITS.md from this file.

/**
 * The largest value of the flow file's `max_message_size`. Protobuf lengths and buffers near their
 * own limits above it.
 */
export const MAX_MESSAGE_BYTES = 1024 ** 3;

/**
 * The largest message when the flow file has no `max_message_size`. The bound holds for requests
 * and for answers.
 */
export const DEFAULT_MESSAGE_BYTES = 128 * 1024 * 1024;

/** The room in a message for more than its documents: frame heads, tags, lengths. */
export const MESSAGE_OVERHEAD_BYTES = 2 * 1024 * 1024;

/**
 * The bound of the metadata of a gRPC call. The server announces the bound, and a call that passes
 * it ends with `RESOURCE_EXHAUSTED`. A single value of that length also closes the connection.
 */
export const MAX_METADATA_BYTES = 64 * 1024 - 1;

/**
 * Requests in flight for each stream of a client, when the flow file has no `prefetch`. Jina's
 * default.
 */
export const DEFAULT_PREFETCH = 1000;

/** Requests in flight for each stream that a stock Jina gateway opens to a worker. */
export const WORKER_PREFETCH = 1000;

/**
 * Bytes of the answers of one gRPC stream that the client has not read. A further answer is dropped
 * for an error with `RESOURCE_EXHAUSTED`. One answer is always kept.
 */
export const MAX_UNREAD_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * Requests in flight in the gateway, over all clients. Further requests fail with
 * `RESOURCE_EXHAUSTED`.
 */
export const MAX_REQUESTS_IN_FLIGHT = 20_000;

/** Bytes of the requests in flight in the gateway, over all clients. */
export const MAX_REQUEST_BYTES_IN_FLIGHT = 1024 ** 3;

/**
 * Bytes of the bodies that the gateway reads and answers at a time, over HTTP and WebSocket. A body
 * takes about five times its size in memory. A further HTTP body is refused with status 503 and
 * `Retry-After`, before the gateway reads it. A further WebSocket message waits for the other
 * requests of its connection, or is refused if no request runs. One body is always accepted, up to
 * `max_message_size`.
 */
export const MAX_BODY_BYTES_IN_WORK = 256 * 1024 * 1024;

/** Calls in flight from the gateway to one worker. */
export const MAX_CALLS_PER_WORKER = 10_000;

/**
 * Bytes that may wait for a worker that reads nothing, in addition to one message of the largest
 * size.
 */
export const MAX_QUEUED_BYTES_PER_WORKER = 256 * 1024 * 1024;

/**
 * How long a request waits for a replica or a primary when its own deadline is later or missing.
 */
export const REPLICA_WAIT_MS = 10_000;

/** The wait before replicas that failed a read are tried once more. */
export const READ_RETRY_MS = 250;

/** Processes that may die during one request before the request is suspected of ending them. */
export const DEATHS_TO_SUSPECT_REQUEST = 2;

/** The wait before a process that refused a write is tried again. */
export const WRITE_RETRY_MS = 100;

/**
 * How long the gateway waits, after a lost connection, for the supervisor to report the exit of
 * the process.
 */
export const EXIT_REPORT_MS = 1_000;

/**
 * How long a replica gets no requests after its connection was lost. The supervisor reports an
 * exit within milliseconds; this covers the time until then.
 */
export const LOST_REPLICA_PAUSE_MS = 250;

/**
 * How long a new process of a replica gets fewer requests than the others, outside of round robin.
 */
export const SLOW_START_WINDOW_MS = 10_000;

/** The share of requests that a new process starts with. */
export const MIN_SLOW_START_SHARE = 0.1;

/**
 * How long a replica gets no requests after a failed call, outside of round robin. Each further
 * failure doubles the time.
 */
export const EJECTION_MS = 100;

/** The longest time that a replica gets no requests after failed calls. */
export const MAX_EJECTION_MS = 10_000;

/** Requests that wait for a shard with `max_in_flight`, when the flow file has no `max_queued`. */
export const DEFAULT_MAX_QUEUED = 1_000;

/** The longest pattern of `targetExecutor`. */
export const MAX_TARGET_PATTERN_CHARS = 1_000;

/** The interval of comments on an event stream, which keep proxies from closing an idle stream. */
export const EVENT_STREAM_PING_MS = 15_000;

/** How long an idle HTTP connection stays open. */
export const HTTP_KEEP_ALIVE_MS = 75_000;

/**
 * How long the gateway reads and drops the rest of a body after it has refused the request, so that
 * the client can read the reply.
 */
export const HTTP_LINGER_MS = 5_000;

/** Bytes of answers that may wait for a WebSocket client before its next request is read. */
export const MAX_WEBSOCKET_UNSENT_BYTES = 1024 ** 2;

/** How long a client may take to read its last answers while the gateway stops. */
export const LAST_ANSWERS_MS = 2_000;

/** How long requests in flight may take after a SIGTERM to the gateway or to a worker. */
export const TERMINATE_DRAIN_MS = 10_000;

/**
 * The endpoints that the metrics of the gateway name. Requests to further endpoints count as one.
 */
export const MAX_ENDPOINTS_COUNTED = 100;

/** How long `/metrics` waits for the numbers of each process. */
export const MEASURE_MS = 2_000;

/** Requests without a trace of their client that begin a trace, without `OTEL_TRACES_SAMPLER`. */
export const MAX_TRACES_PER_SECOND = 20;

/** Spans that wait for their export. Further spans are dropped. */
export const MAX_WAITING_SPANS = 2_048;

/**
 * How long spans wait for others, so that they are exported together: the default of OpenTelemetry.
 */
export const TRACE_EXPORT_MS = 5_000;

/** How long an export may take, and how long a process waits for its last export. */
export const MAX_TRACE_EXPORT_MS = 5_000;

/** The interval of notices about a collector that cannot be reached. */
export const TRACE_NOTICE_MS = 60_000;
