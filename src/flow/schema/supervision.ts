import type { LivenessPolicy } from "../../model/replica.ts";
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
import { closedMap, integer } from "./values/value-kinds.ts";

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

/** A process of Node.js alone uses more than the least limit. */
const MIN_MEMORY = { value: 16 * 1024 ** 2, text: "16Mi" };
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
