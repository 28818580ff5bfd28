import type { ReplicaTraffic } from "../../../model/control/messages.ts";
import { TrafficMeter } from "./traffic-meter.ts";

/** The traffic of the gateway and of every replica that it has called, by address. */
export class TrafficMeters {
  readonly #meters = new Map<string, TrafficMeter>();

  /** Returns the meter of an address. The processes that run there one after another share it. */
  of(address: string): TrafficMeter {
    const meter = this.#meters.get(address) ?? new TrafficMeter();
    this.#meters.set(address, meter);
    return meter;
  }

  report(nowMs: number): Record<string, ReplicaTraffic> {
    return Object.fromEntries(
      [...this.#meters].map(([address, meter]) => [address, meter.report(nowMs)]),
    );
  }
}
