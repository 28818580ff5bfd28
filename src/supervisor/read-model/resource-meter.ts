import type { ReplicaStatus } from "../../model/control/status.ts";
import type { ResourceSource } from "../../model/control/flow-state.ts";
import { sampleProcess } from "../../util/process/process-identity.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { isLive } from "../decide/lifecycle/replica-state.ts";

interface Look {
  readonly processId: string | null;
  readonly at: number;
  readonly cpuMs: number;
}

/** Measures the memory and the processor use of replicas. Keeps the last sample of each. */
export class ResourceMeter {
  readonly source: ResourceSource = sampleProcess(process.pid) === undefined ? "none" : "/proc";
  readonly #looks = new WeakMap<ReplicaProcess, Look>();

  /**
   * Returns the memory in use, and the share of one processor in percent since the last sample, or
   * since the start for the first sample. Sums over the processes of one replica. `now` is in
   * milliseconds.
   */
  measure(
    replica: ReplicaProcess,
    pids: readonly (number | null)[],
    now: number,
  ): Pick<ReplicaStatus, "rssBytes" | "cpu"> {
    const samples = pids.flatMap((pid) => (pid === null ? [] : (sampleProcess(pid) ?? [])));
    if (samples.length === 0) return { rssBytes: null, cpu: null };
    const rssBytes = samples.reduce((sum, sample) => sum + sample.rssBytes, 0);
    const cpuMs = samples.reduce((sum, sample) => sum + sample.cpuMs, 0);
    return { rssBytes, cpu: this.#share(replica, cpuMs, now) };
  }

  #share(replica: ReplicaProcess, cpuMs: number, now: number): number | null {
    const last = this.#lastLook(replica);
    this.#looks.set(replica, { processId: replica.processId, at: now, cpuMs });
    if (last === undefined || now <= last.at || cpuMs < last.cpuMs) return null;
    return Math.round((100 * (cpuMs - last.cpuMs)) / (now - last.at));
  }

  #lastLook(replica: ReplicaProcess): Pick<Look, "at" | "cpuMs"> | undefined {
    const { state, processId } = replica;
    const last = this.#looks.get(replica);
    if (last?.processId === processId) return last;
    return isLive(state) ? { at: state.startedAt, cpuMs: 0 } : undefined;
  }
}
