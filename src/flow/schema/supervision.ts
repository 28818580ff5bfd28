import type { LivenessPolicy } from "../../model/replica.ts";
import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";
import { key } from "./key.ts";
import { withLabel } from "./values/annotations.ts";
import {
  atLeast,
  atMost,
  byteSize,
  duration,
  writeByteSize,
  writeDuration,
} from "./values/measures.ts";
import { closedMap, flag, integer } from "./values/value-kinds.ts";

/** How often a process may exit after it was ready before its replica is `failed`. */
export interface RestartPolicy {
  readonly maxRestarts: number;
}

const restart = closedMap(
  { max_restarts: integer(0, 1_000_000) },
  "expected a mapping with the key max_restarts",
).transform((value): RestartPolicy => ({ maxRestarts: value.max_restarts }));

const MIN_PROBE = { value: 1_000, text: "1s" };
const MAX_PROBE = { value: 3_600_000, text: "1h" };
const probeTime = (): ReturnType<typeof duration> =>
  atMost(atLeast(duration(), MIN_PROBE), MAX_PROBE);

/** How the number of replicas follows the load. */
export interface AutoscalePolicy {
  readonly min: number;
  readonly max: number;
  /** The calls in flight of one replica, as an average over the replicas. */
  readonly targetInFlight: number;
  readonly upDelayMs: number;
  readonly downDelayMs: number;
  /** Replicas of an executor with state are added and removed too. */
  readonly stateful: boolean;
}

const MAX_DELAY = { value: 24 * 3_600_000, text: "24h" };

/** The defaults of Ray Serve: https://docs.ray.io/en/latest/serve/autoscaling-guide.html */
const autoscale = closedMap(
  {
    min: integer(1, MAX_PROCESSES_PER_DEPLOYMENT).default(1),
    max: integer(1, MAX_PROCESSES_PER_DEPLOYMENT),
    target_in_flight: integer(1, 1_000_000).default(2),
    up_delay: atMost(duration(), MAX_DELAY).prefault("30s"),
    down_delay: atMost(duration(), MAX_DELAY).prefault("10m"),
    stateful: flag().default(false),
  },
  "expected a mapping with the keys min, max, target_in_flight, up_delay, down_delay, stateful",
).transform((value): AutoscalePolicy => ({
  min: value.min,
  max: value.max,
  targetInFlight: value.target_in_flight,
  upDelayMs: value.up_delay,
  downDelayMs: value.down_delay,
  stateful: value.stateful,
}));

/** A process of Node.js alone uses more than the least limit. */
const MIN_MEMORY = { value: 16 * 1024 ** 2, text: "16Mi" };
const MIN_RECOVERY = { value: 1024 ** 2, text: "1Mi" };
const MAX_MEMORY = { value: 1024 ** 4, text: "1024Gi" };

/** The names and defaults of Kubernetes, with a longer time for one answer. */
const liveness = closedMap(
  {
    period: probeTime().prefault("10s"),
    timeout: probeTime().prefault("5s"),
    failure_threshold: integer(1, 1_000).default(3),
  },
  "expected a mapping with the keys period, timeout, failure_threshold",
).transform((value): LivenessPolicy => ({
  periodMs: value.period,
  timeoutMs: value.timeout,
  failureThreshold: value.failure_threshold,
}));

/** The keys of an executor about the supervision of its processes. */
export const SUPERVISION_KEYS = {
  restart: key(
    withLabel("`{ max_restarts: 10 }`", restart).optional(),
    "Number of restarts after which a replica stays down. Default: no limit",
    { write: ({ maxRestarts }: RestartPolicy) => ({ max_restarts: maxRestarts }) },
  ),
  liveness: key(
    withLabel("`{ period: 10s, timeout: 5s, failure_threshold: 3 }`", liveness).optional(),
    "Ends and replaces a process that hangs: if the event loop, or the health service of a Python executor, leaves failure_threshold probes in a row without an answer within timeout. Asynchronous work does not delay an answer. Default: ends an idle process after 10 s (Python 30 s), a process that uses the processor after 2 minutes (Python never)",
    {
      scope: "local",
      wrongNames: ["liveness_probe", "livenessProbe", "healthcheck"],
      write: ({ periodMs, timeoutMs, failureThreshold }: LivenessPolicy) => ({
        period: writeDuration(periodMs),
        timeout: writeDuration(timeoutMs),
        failure_threshold: failureThreshold,
      }),
    },
  ),
  autoscale: key(
    withLabel(
      "`{ min: 1, max: 4, target_in_flight: 2, up_delay: 30s, down_delay: 10m, stateful: false }`",
      autoscale,
    ).optional(),
    "Changes the number of replicas between min and max with the load: one replica for target_in_flight calls that are in flight or queued. The load must ask for more replicas during up_delay, or for fewer during down_delay. With stateful: true also for an executor with state, which waits at least as long as its last recoveries took. Default: replicas stays as it is",
    {
      scope: "local",
      wrongNames: ["autoscaling", "autoscaling_config", "hpa"],
      write: (policy: AutoscalePolicy) => ({
        min: policy.min,
        max: policy.max,
        target_in_flight: policy.targetInFlight,
        up_delay: writeDuration(policy.upDelayMs),
        down_delay: writeDuration(policy.downDelayMs),
        stateful: policy.stateful,
      }),
    },
  ),
  memory_limit: key(
    atLeast(byteSize(MAX_MEMORY), MIN_MEMORY).optional(),
    "Memory that the process of a replica may use, with the processes that it starts (RSS). Above it, the replica is replaced as by jflow restart. Default: no limit",
    {
      property: "memoryLimitBytes",
      scope: "local",
      wrongNames: ["mem_limit", "memory", "max_memory"],
      write: writeByteSize,
    },
  ),
  recovery_max_bytes_per_sec: key(
    atLeast(byteSize(MAX_MEMORY), MIN_RECOVERY).optional(),
    "Bytes of snapshots that one process sends in a second to copies that recover, as indices.recovery.max_bytes_per_sec in Elasticsearch. Default: no limit",
    { scope: "local", write: writeByteSize },
  ),
  drain_timeout: key(
    duration().prefault("10s"),
    "Time that a replica has to finish its requests before it stops",
    {
      property: "drainTimeoutMs",
      scope: "local",
      isQuiet: true,
      wrongNames: ["terminationGracePeriodSeconds", "stop_grace_period", "grace_period"],
      write: writeDuration,
    },
  ),
};
