/** A turn of the event loop that takes longer has run calls that block the process. */
const LONG_TURN_MS = 5;
const MAX_CALLS_PER_TURN = 256;

/**
 * Spreads the calls that arrive together over turns of the event loop, so that the cancellations
 * and deadlines of waiting calls arrive between calls that block the process. The first turn starts
 * one call. Each turn starts twice as many as the turn before, and one after a long turn.
 */
export class CallTurns {
  readonly #waiting: (() => void)[] = [];
  #size = 1;
  #left = 1;
  #startMs = 0;
  #isOpen = false;

  /** Returns undefined if a call may start at once, else a promise that resolves at its turn. */
  take(): Promise<void> | undefined {
    if (!this.#isOpen) this.#open();
    if (this.#left > 0) {
      this.#left -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #open(): void {
    this.#isOpen = true;
    this.#startMs = performance.now();
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#isOpen = false;
    if (this.#waiting.length === 0) {
      this.#left = this.#size = 1;
      return;
    }
    const isLong = performance.now() - this.#startMs > LONG_TURN_MS;
    this.#size = isLong ? 1 : Math.min(this.#size * 2, MAX_CALLS_PER_TURN);
    this.#open();
    const starting = this.#waiting.splice(0, this.#size);
    this.#left = this.#size - starting.length;
    for (const start of starting) start();
  }
}
