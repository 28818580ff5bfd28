import { SUSPENDED_MS } from "./limits/processes.ts";

/**
 * A clock that stands still while this process is suspended. Something must read the clock several
 * times a second: a longer gap between two readings counts as a suspension.
 */
export class AwakeClock {
  readonly #read: () => number;
  #last: number;
  #suspendedMs = 0;

  /** `read` returns milliseconds. */
  constructor(read: () => number) {
    this.#read = read;
    this.#last = read();
  }

  now(): number {
    const now = this.#read();
    const gapMs = now - this.#last;
    this.#last = now;
    if (gapMs >= SUSPENDED_MS) this.#suspendedMs += gapMs;
    return now - this.#suspendedMs;
  }

  /** The time of all suspensions so far. */
  get suspendedMs(): number {
    this.now();
    return this.#suspendedMs;
  }

  /** Calls `act` once, when the clock has advanced by `ms`. Returns what ends the wait. */
  after(ms: number, act: () => void): () => void {
    const due = this.now() + ms;
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      const leftMs = due - this.now();
      if (leftMs <= 0) act();
      else timer = setTimeout(wait, Math.max(1, leftMs)).unref();
    };
    wait();
    return () => clearTimeout(timer);
  }
}
