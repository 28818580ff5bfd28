import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { ReplicaTraffic } from "../../../model/control/messages.ts";

const WINDOW_SLOTS = 10;
const SLOT_MS = 1_000;
/** Ten minutes in microseconds. A longer call counts as ten minutes. */
const MAX_CALL_US = 600_000_000;

interface Slot {
  readonly second: number;
  readonly times: RecordableHistogram;
}

/** The calls of one or several meters. */
export interface TrafficReading {
  readonly requests: number;
  readonly errors: number;
  readonly inFlight: number;
  /** The times of the calls that ended in the last ten seconds; undefined without one. */
  readonly times: RecordableHistogram | undefined;
}

const NO_CALLS: TrafficReading = { requests: 0, errors: 0, inFlight: 0, times: undefined };

function openHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MAX_CALL_US, figures: 2 });
}

/**
 * Measures the calls to one process of a replica, or the requests to the gateway, over the last ten
 * seconds. Times are those of `performance.now()`.
 */
export class TrafficMeter {
  #requests = 0;
  #errors = 0;
  #inFlight = 0;
  #slots: Slot[] = [];

  begin(): void {
    this.#requests += 1;
    this.#inFlight += 1;
  }

  /** Counts a call whose client is gone and that still waits in the replica. */
  addAbandoned(change: 1 | -1): void {
    this.#inFlight += change;
  }

  end(startMs: number, endMs: number, isFailure = false): void {
    this.#inFlight -= 1;
    if (isFailure) this.#errors += 1;
    const second = Math.floor(endMs / SLOT_MS);
    let slot = this.#slots.at(-1);
    if (slot?.second !== second) {
      slot = { second, times: openHistogram() };
      this.#slots.push(slot);
      if (this.#slots.length > WINDOW_SLOTS) this.#slots.shift();
    }
    slot.times.record(Math.min(MAX_CALL_US, Math.max(1, Math.round((endMs - startMs) * 1_000))));
  }

  read(nowMs: number): TrafficReading {
    const oldest = Math.floor(nowMs / SLOT_MS) - WINDOW_SLOTS;
    this.#slots = this.#slots.filter((slot) => slot.second > oldest);
    const times = mergeTimes(this.#slots.map((slot) => slot.times));
    return { requests: this.#requests, errors: this.#errors, inFlight: this.#inFlight, times };
  }
}

/** Returns the calls of all readings together. */
export function sumReadings(readings: readonly TrafficReading[]): TrafficReading {
  const sum = readings.reduce(
    (all, { requests, errors, inFlight }) => ({
      ...NO_CALLS,
      requests: all.requests + requests,
      errors: all.errors + errors,
      inFlight: all.inFlight + inFlight,
    }),
    NO_CALLS,
  );
  return { ...sum, times: mergeTimes(readings.flatMap(({ times }) => times ?? [])) };
}

function mergeTimes(parts: readonly RecordableHistogram[]): RecordableHistogram | undefined {
  if (parts.length === 0) return undefined;
  const all = openHistogram();
  for (const part of parts) all.add(part);
  return all;
}

export function describeReading({
  requests,
  errors,
  inFlight,
  times,
}: TrafficReading): ReplicaTraffic {
  if (times === undefined)
    return { requests, errors, inFlight, qps: null, p50Ms: null, p99Ms: null };
  return {
    requests,
    errors,
    inFlight,
    qps: (times.count * 1_000) / (WINDOW_SLOTS * SLOT_MS),
    p50Ms: times.percentile(50) / 1_000,
    p99Ms: times.percentile(99) / 1_000,
  };
}
