import { performance } from "node:perf_hooks";
import { sampleProcess, type ProcessSample } from "../../util/process/process-identity.ts";
import { isLate } from "./lateness.ts";

interface Wait {
  readonly copyId: string;
  readonly pid: number | undefined;
  readonly afterMs: number;
  since: number;
  timer: NodeJS.Timeout | undefined;
  lookedAt: number;
  last: ProcessSample | undefined;
}

/**
 * Reports a copy for which the other copies have waited too long. Each copy has one timer. A new
 * timer replaces the old one. When the time has passed, the process of the copy is sampled: a
 * process that works gets more time.
 */
export class LateTimers {
  readonly #waits = new Map<string, Wait>();
  readonly #onLate: (copyId: string) => void;

  constructor(onLate: (copyId: string) => void) {
    this.#onLate = onLate;
  }

  /** `pid` is the process of the copy, if it is known. */
  expect(copyId: string, afterMs: number, pid: number | undefined): void {
    this.expectNothing(copyId);
    const now = performance.now();
    const last = pid === undefined ? undefined : sampleProcess(pid);
    const wait: Wait = { copyId, pid, afterMs, since: now, timer: undefined, lookedAt: now, last };
    this.#waits.set(copyId, wait);
    this.#start(wait);
  }

  expectNothing(copyId: string): void {
    clearTimeout(this.#waits.get(copyId)?.timer);
    this.#waits.delete(copyId);
  }

  close(): void {
    for (const { timer } of this.#waits.values()) clearTimeout(timer);
    this.#waits.clear();
  }

  #start(wait: Wait): void {
    wait.timer = setTimeout(() => this.#look(wait), wait.afterMs);
  }

  #look(wait: Wait): void {
    const { pid, afterMs, last, lookedAt } = wait;
    const now = performance.now();
    const sample = pid === undefined ? undefined : sampleProcess(pid);
    const look =
      sample === undefined || last === undefined
        ? undefined
        : { state: sample.state, usedMs: sample.cpuMs - last.cpuMs, elapsedMs: now - lookedAt };
    const heldUpMs = now - lookedAt - afterMs;
    if (isLate({ afterMs, waitedMs: now - wait.since, heldUpMs, look })) {
      this.#waits.delete(wait.copyId);
      this.#onLate(wait.copyId);
      return;
    }
    wait.since += heldUpMs;
    wait.lookedAt = now;
    wait.last = sample;
    this.#start(wait);
  }
}
