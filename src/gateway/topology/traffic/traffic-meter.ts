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

function openHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MAX_CALL_US, figures: 2 });
}

/**
 * Measures the calls to one replica, or the requests to the gateway, over the last ten seconds.
 * Times are those of `performance.now()`.
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

  report(nowMs: number): ReplicaTraffic {
    const oldest = Math.floor(nowMs / SLOT_MS) - WINDOW_SLOTS;
    this.#slots = this.#slots.filter((slot) => slot.second > oldest);
    const counts = {
      requests: this.#requests,
      errors: this.#errors,
      inFlight: this.#inFlight,
    };
    if (this.#slots.length === 0) return { ...counts, qps: null, p50Ms: null, p99Ms: null };
    const all = openHistogram();
    for (const slot of this.#slots) all.add(slot.times);
    return {
      ...counts,
      qps: (all.count * 1_000) / (WINDOW_SLOTS * SLOT_MS),
      p50Ms: all.percentile(50) / 1_000,
      p99Ms: all.percentile(99) / 1_000,
    };
  }
}
