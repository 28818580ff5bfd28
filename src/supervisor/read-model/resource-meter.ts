import type { ReplicaStatus } from "../../model/control/status.ts";
import { MIN_CPU_WINDOW_MS } from "../../util/limits/processes.ts";
import type { ResourceSampler } from "../../util/process/resource-sampler.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { isLive } from "../decide/lifecycle/replica-state.ts";

interface Look {
  readonly processId: string | null;
  readonly at: number;
  readonly cpuMs: number;
  /** The share at that time. */
  readonly cpu: number | null;
}

/** The parts of a replica that are measured. */
export type MeasuredReplica = Pick<ReplicaProcess, "processId" | "state" | "pid" | "keptPid">;

/** Measures the memory and the processor use of replicas. Keeps the last sample of each. */
export class ResourceMeter {
  readonly #sampler: ResourceSampler;
  readonly #looks = new WeakMap<MeasuredReplica, Look>();

  constructor(sampler: ResourceSampler) {
    this.#sampler = sampler;
  }

  get source(): ResourceSampler["source"] {
    return this.#sampler.source;
  }

  /**
   * Returns the memory in use, and the share of one processor in percent since the last sample, or
   * since the start for the first sample. Several readers within a moment get the same share. Sums
   * over the processes of one replica. `now` is in milliseconds.
   */
  measure(replica: MeasuredReplica, now: number): Pick<ReplicaStatus, "rssBytes" | "cpu"> {
    const pids = [replica.pid, replica.keptPid].filter((pid) => pid !== null);
    const samples = pids.flatMap((pid) => this.#sampler.sample(pid) ?? []);
    if (samples.length === 0) return { rssBytes: null, cpu: null };
    const rssBytes = samples.reduce((sum, sample) => sum + sample.rssBytes, 0);
    const cpuMs = samples.reduce((sum, sample) => sum + sample.cpuMs, 0);
    return { rssBytes, cpu: this.#share(replica, cpuMs, now) };
  }

  #share(replica: MeasuredReplica, cpuMs: number, now: number): number | null {
    const last = this.#lastLook(replica);
    if (last !== undefined && last.cpu !== null && now - last.at < MIN_CPU_WINDOW_MS)
      return last.cpu;
    const cpu =
      last === undefined || now <= last.at || cpuMs < last.cpuMs
        ? null
        : Math.round((100 * (cpuMs - last.cpuMs)) / (now - last.at));
    this.#looks.set(replica, { processId: replica.processId, at: now, cpuMs, cpu });
    return cpu;
  }

  #lastLook(replica: MeasuredReplica): Look | undefined {
    const { state, processId } = replica;
    const last = this.#looks.get(replica);
    if (last?.processId === processId) return last;
    return isLive(state) ? { processId, at: state.startedAt, cpuMs: 0, cpu: null } : undefined;
  }
}
