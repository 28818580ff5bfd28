import type { ProcessTraffic, ReplicaTraffic } from "../../../model/control/messages.ts";
import {
  describeReading,
  sumReadings,
  TrafficMeter,
  type TrafficReading,
} from "./traffic-meter.ts";

/** One process, and the traffic that it has. */
interface MeteredProcess {
  readonly processId: string;
  readonly address: string;
  readonly meter: TrafficMeter;
  /** The process gets no more calls. */
  isRetired: boolean;
}

/** The traffic at one moment. */
export interface TrafficReport {
  /** By address: the traffic of the newest process. */
  readonly replicas: Readonly<Record<string, ProcessTraffic>>;
  /** By name: the traffic of all processes that the deployment had. */
  readonly deployments: Readonly<Record<string, ReplicaTraffic>>;
}

/** The traffic of the gateway and of every process of a replica that it has called. */
export class TrafficMeters {
  /** By process id, the newest last. */
  readonly #processes = new Map<string, MeteredProcess>();
  /** The counts of processes that are forgotten, by deployment. */
  readonly #past = new Map<string, TrafficReading>();

  /** Returns the meter of a process of a replica. */
  of(address: string, processId: string): TrafficMeter {
    const known = this.#processes.get(processId);
    if (known !== undefined) return known.meter;
    const fresh = { processId, address, meter: new TrafficMeter(), isRetired: false };
    this.#processes.set(processId, fresh);
    return fresh.meter;
  }

  /** A process gets no more calls. Its calls count for its deployment only. */
  retire(processId: string): void {
    const process = this.#processes.get(processId);
    if (process !== undefined) process.isRetired = true;
  }

  report(nowMs: number): TrafficReport {
    const replicas: Record<string, ProcessTraffic> = {};
    const readings = new Map([...this.#past].map(([name, past]) => [name, [past]]));
    for (const { processId, address, meter, isRetired } of this.#processes.values()) {
      const reading = meter.read(nowMs);
      const name = deploymentOf(address);
      readings.set(name, [...(readings.get(name) ?? []), reading]);
      if (!isRetired) replicas[address] = { ...describeReading(reading), processId };
      else if (reading.times === undefined && reading.inFlight === 0) this.#forget(processId, name);
    }
    const deployments = [...readings].map(([name, each]) => [
      name,
      describeReading(sumReadings(each)),
    ]);
    return {
      replicas,
      deployments: Object.fromEntries(deployments) as TrafficReport["deployments"],
    };
  }

  /** Adds the counts of an ended process to those of its deployment. */
  #forget(processId: string, name: string): void {
    const { meter } = this.#processes.get(processId)!;
    this.#processes.delete(processId);
    const past = this.#past.get(name);
    const last = meter.read(Number.POSITIVE_INFINITY);
    this.#past.set(name, past === undefined ? last : sumReadings([past, last]));
  }
}

function deploymentOf(address: string): string {
  return address.slice(0, address.indexOf("/"));
}
