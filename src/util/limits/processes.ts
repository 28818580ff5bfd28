// Processes. `npm run docs` writes src/LIMITS.md from this file.

/** How long the gateway may take to start. It loads no code of the user. */
export const GATEWAY_READY_MS = 60_000;

/**
 * How long `jflow up` waits for the primary of a shard after every process serves. Slightly more
 * than `IN_SYNC_WAIT_MS`.
 */
export const ELECTION_WAIT_MS = 15_000;

/** The interval of the heartbeat of each child. */
export const HEARTBEAT_MS = 250;

/**
 * The gap between two heartbeats above which the supervisor itself was suspended, as by a sleep of
 * the machine. Its timers then begin again, and a stopped child has the time of an idle one.
 */
export const SUSPENDED_MS = 2_000;

/** A child that is stopped (SIGSTOP) for this time is killed. */
export const STOPPED_KILL_MS = 1_000;

/** A child that uses the processor and answers no heartbeat for this time is unhealthy. */
export const BUSY_UNHEALTHY_MS = 30_000;

/**
 * A child that uses the processor and answers no heartbeat for this time is killed, so that another
 * copy becomes the primary. One step of an executor that takes longer must give way to other tasks.
 */
export const BUSY_KILL_MS = 120_000;

/** A child that uses no processor and answers no heartbeat for this time is unhealthy. */
export const IDLE_UNHEALTHY_MS = 3_000;

/** A child that uses no processor and answers no heartbeat for this time is killed. */
export const IDLE_KILL_MS = 10_000;

/** The interval of the health check of a Python executor. */
export const PYTHON_HEALTH_MS = 500;

/** A Python executor that is stopped (SIGSTOP) for this time is ended. */
export const PYTHON_STOPPED_MS = 1_000;

/** A Python executor that is idle and answers no health check for this time is ended. */
export const PYTHON_SILENT_MS = 30_000;

/** The wait before the first restart of a replica. Each further wait is twice as long. */
export const FIRST_RESTART_DELAY_MS = 500;

/** The share by which a wait before a restart is longer or shorter at random. */
export const RESTART_JITTER = 0.2;

/** The longest wait before a restart, without the random share. */
export const MAX_RESTART_DELAY_MS = 30_000;

/**
 * A replica that was ready for less than this time counts as failed again, so that the wait grows.
 */
export const STABLE_AFTER_MS = 5_000;

/** Failed starts in a row before a replica is failed. */
export const MAX_FAILED_STARTS = 3;

/** The interval at which the memory of replicas with a `memory_limit` is measured. */
export const MEMORY_CHECK_MS = 1_000;

/** How long a replica may be above its `memory_limit` before it is restarted. */
export const MEMORY_OVER_MS = 3_000;

/**
 * The wait between the first restart because of `memory_limit` and the second. Each further wait is
 * twice as long.
 */
export const FIRST_MEMORY_RESTART_WAIT_MS = 10_000;

/** The longest wait between two restarts because of `memory_limit`. */
export const MAX_MEMORY_RESTART_WAIT_MS = 300_000;

/** How long a restart because of `memory_limit` makes the next one wait. */
export const MEMORY_RESTARTS_KEPT_MS = 600_000;

/** The interval at which the load of executors with `autoscale` is read. */
export const AUTOSCALE_CHECK_MS = 1_000;

/** The last loads of an executor whose average counts for `autoscale`. */
export const AUTOSCALE_AVERAGED_LOADS = 5;

/** How long `autoscale` waits after new replicas did not become ready. */
export const AUTOSCALE_RETRY_MS = 60_000;

/** The interval at which the open files of each process are counted. */
export const OPEN_FILES_MS = 1_000;

/** The limit of open files (`ulimit -n`) below which `jflow up` warns. */
export const MIN_OPEN_FILES = 1_024;

/** The open files for each process of a flow below which `jflow up` warns. */
export const OPEN_FILES_PER_PROCESS = 16;

/** How long a replica may drain after `jflow stop`. */
export const STOP_DRAIN_MS = 10_000;

/** How long a process may take to exit after its drain time, before SIGKILL. */
export const DRAINED_EXIT_MS = 1_000;

/**
 * How long the first process of a new version gets requests before `jflow restart` and `jflow up`
 * replace the next replica.
 */
export const ROLLOUT_TRIAL_MS = 1_000;

/** How long an operation waits for the first answer of that process while others answer. */
export const MAX_ROLLOUT_TRIAL_MS = 10_000;

/** A wait of an operation without a limit. The longest time of a timer of Node.js. */
export const MAX_WAIT_MS = 2_147_483_647;

/** How long a flow may drain after a signal to its supervisor. */
export const SIGNAL_DRAIN_MS = 10_000;

/**
 * How long a started flow waits for the command that holds it up. Without the command the flow
 * stops.
 */
export const HOLDER_COMES_MS = 30_000;

/** How long a flow may drain when the command that held it up is gone. */
export const LOST_HOLDER_DRAIN_MS = 10_000;

/** How long `jflow up` waits for the lock of a flow that is starting or leaving. */
export const FLOW_LOCK_WAIT_MS = 5_000;

/** How long processes of an earlier supervisor may take to end after SIGKILL. */
export const REAP_MS = 5_000;

/** Processes for each processor core above which `jflow up` warns. */
export const MAX_PROCESSES_PER_CORE = 2;

/** The interval of the health check of an external executor. */
export const EXTERNAL_HEALTH_MS = 2_000;

/** How long the health check of an external executor may take. */
export const EXTERNAL_HEALTH_TIMEOUT_MS = 1_000;

/** The size at which an output file of a replica is rotated. */
export const MAX_OUTPUT_FILE_BYTES = 10 * 1024 * 1024;

/** Older output files that are kept of each replica. */
export const OLDER_OUTPUT_FILES = 2;

/** Output of a replica that may wait for the disk. Further lines are dropped. */
export const MAX_UNWRITTEN_OUTPUT_BYTES = 4 * 1024 * 1024;

/** The size at which the output file of the supervisor is cut. */
export const MAX_SUPERVISOR_OUTPUT_BYTES = 10 * 1024 * 1024;

/** The longest line of output. A longer line is cut into several. */
export const MAX_OUTPUT_LINE_CHARS = 64 * 1024;

/**
 * Output that may wait for a watching command. Further lines are left out until the command has
 * caught up.
 */
export const MAX_WATCHER_BYTES = 4 * 1024 * 1024;

/** The events of a flow that the supervisor keeps. */
export const MAX_JOURNAL_EVENTS = 1_000;

/** The newest events that a reading of the whole state holds. */
export const MAX_STATE_EVENTS = 100;

/** The time between two states of a flow that a page receives, at least. */
export const MIN_STATE_GAP_MS = 500;

/** The time between two states of a flow that a page receives, at most. */
export const MAX_STATE_GAP_MS = 1_000;

/** The shortest time over which the processor use of a replica is measured. */
export const MIN_CPU_WINDOW_MS = 500;

/** The ended operations that the supervisor keeps. */
export const MAX_ENDED_OPERATIONS = 20;

/** The steps of an operation that the supervisor keeps. */
export const MAX_OPERATION_STEPS = 100;

/** The largest message between the supervisor and a command, a worker or the gateway. */
export const MAX_CONTROL_MESSAGE_BYTES = 16 * 1024 * 1024;

/** The longest path of a Unix socket. Some systems cut a longer path without an error. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** How long an unused compiled executor is kept. */
export const COMPILED_KEPT_MS = 24 * 3_600_000;

/** Exceptions of an executor that repeat within this time are counted, not written again. */
export const EXCEPTION_WINDOW_MS = 10_000;

/** Kinds of exceptions of one replica that are written with their stack within that time. */
export const MAX_EXCEPTIONS_PER_WINDOW = 10;

/**
 * The time between the removal of a runtime folder and the moment at which the supervisor makes it
 * again.
 */
export const RUNTIME_FILES_WAIT_MS = 50;

/** Files that are saved all the time take effect after this many times `debounce` of `watch`. */
export const MAX_DEBOUNCES = 10;
