import type { AutoscalePolicy } from "../../../flow/flow.ts";
import { AUTOSCALE_AVERAGED_LOADS, AUTOSCALE_CHECK_MS } from "../../../util/limits/processes.ts";

/** The calls of a deployment at one moment. */
export interface Load {
  readonly inFlight: number;
  /** The requests that wait for a replica with room. */
  readonly queued: number;
}

/** From `at` on, the load asked for this number of replicas. */
interface Wanted {
  readonly at: number;
  readonly replicas: number;
}

/** The load of a deployment over time. Times are in milliseconds of the supervisor's clock. */
export interface LoadRecord {
  /** The last loads, the newest last. */
  readonly loads: readonly number[];
  /** The changes of the wanted number, the newest last. */
  readonly wanted: readonly Wanted[];
}

export const NO_LOADS: LoadRecord = { loads: [], wanted: [] };

export interface LoadReading {
  readonly now: number;
  readonly load: Load;
  /** The load is spread over this number of shards. */
  readonly shards: number;
}

/** How long a load must ask for another number, in milliseconds. */
export interface ScaleDelays {
  readonly upDelayMs: number;
  readonly downDelayMs: number;
}

/**
 * Returns the record after one more reading. The wanted number depends on the load alone, and not
 * on how many replicas run: replicas that still start do not make the load ask for further ones.
 */
export function recordLoad(
  record: LoadRecord,
  { now, load, shards }: LoadReading,
  policy: AutoscalePolicy,
): LoadRecord {
  const loads = [...record.loads, load.inFlight + load.queued].slice(-AUTOSCALE_AVERAGED_LOADS);
  const average = loads.reduce((sum, each) => sum + each, 0) / loads.length;
  const replicas = clampReplicas(policy, Math.ceil(average / (policy.targetInFlight * shards)));
  if (record.wanted.at(-1)?.replicas === replicas) return { ...record, loads };
  return { loads, wanted: [...record.wanted, { at: now, replicas }] };
}

/** Forgets what no decision needs any more. */
export function forgetLoads(record: LoadRecord, now: number, delays: ScaleDelays): LoadRecord {
  const from = now - Math.max(delays.upDelayMs, delays.downDelayMs);
  const first = record.wanted.findLastIndex(({ at }) => at <= from);
  return first <= 0 ? record : { ...record, wanted: record.wanted.slice(first) };
}

/**
 * Returns another number of replicas, or null. The load must ask for more replicas during the whole
 * `upDelayMs`, and for fewer during the whole `downDelayMs`. The number is then the one nearest to
 * `planned` that the load asked for in that time, as in Kubernetes
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#stabilization-window).
 * `planned` is the number that should run, not the number that runs.
 */
export function decideReplicas(
  record: LoadRecord,
  { now, planned }: { readonly now: number; readonly planned: number },
  { upDelayMs, downDelayMs }: ScaleDelays,
): number | null {
  if (Math.min(...wantedFor(record, now, upDelayMs)) > planned)
    return Math.min(...wantedSettled(record, now, upDelayMs));
  if (Math.max(...wantedFor(record, now, downDelayMs)) < planned)
    return Math.max(...wantedSettled(record, now, downDelayMs));
  return null;
}

export function clampReplicas({ min, max }: AutoscalePolicy, replicas: number): number {
  return Math.min(max, Math.max(min, replicas));
}

/** Returns the wanted numbers of the last `ms`; NaN alone if the record is shorter. */
function wantedFor({ wanted }: LoadRecord, now: number, ms: number): readonly number[] {
  const first = wanted.findLastIndex(({ at }) => at <= now - ms);
  return first === -1 ? [Number.NaN] : wanted.slice(first).map(({ replicas }) => replicas);
}

/**
 * Returns the wanted numbers without those of the beginning, where the average followed a jump of
 * the load.
 */
function wantedSettled(record: LoadRecord, now: number, ms: number): readonly number[] {
  const averagedMs = AUTOSCALE_AVERAGED_LOADS * AUTOSCALE_CHECK_MS;
  return wantedFor(record, now, Math.max(0, ms - averagedMs));
}
