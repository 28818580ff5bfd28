import type { Cancellation } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";

/** Reports each change of the topology to listeners and to requests that wait for a change. */
export class ChangeSignal {
  readonly #listeners: (() => void)[] = [];
  readonly #waiting = new Set<() => void>();

  /** Calls `listener` at every change, before the waiting requests continue. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  emit(): void {
    for (const listener of this.#listeners) listener();
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the next change, or after `ms`. Rejects with `CANCELLED` when `signal` aborts. */
  async wait(ms: number, signal: Cancellation): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        if (signal.aborted)
          reject(new JflowError("CANCELLED", "the client cancelled the request or disconnected"));
        else resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  }
}
