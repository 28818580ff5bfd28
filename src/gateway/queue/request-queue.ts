import { JflowError } from "../../util/errors.ts";
import { MAX_TIMER_MS } from "../../util/limits/flow-file.ts";
import { remainingMs, type Caller } from "../routing/deadline.ts";

/** The bounds of a `RequestQueue`. */
export interface QueueBounds {
  /** The requests that run at once. */
  readonly capacity: number;
  /** The requests that wait. */
  readonly maxQueued: number;
}

/** Runs a bounded number of requests at once. Further requests wait in the order of arrival. */
export class RequestQueue {
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #capacity = 0;

  /** The requests that wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Returns whether a further request could neither run nor wait. */
  isFull({ capacity, maxQueued }: QueueBounds): boolean {
    return this.#running + this.#waiting.size >= capacity + maxQueued;
  }

  /**
   * Resolves when the request may run, with a function that its end calls once. Rejects with
   * `CANCELLED` or `DEADLINE_EXCEEDED` if the caller stops waiting before. The caller has checked
   * `isFull`.
   */
  async enter(capacity: number, caller: Caller): Promise<() => void> {
    this.resize(capacity);
    if (this.#running < this.#capacity) this.#running += 1;
    else await this.#wait(caller);
    return () => {
      this.#running -= 1;
      this.#next();
    };
  }

  /** Takes a new capacity, as after a change of the replicas, and starts requests that fit. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#next();
  }

  /** A request that is started counts as running before its task begins. */
  #next(): void {
    for (const start of this.#waiting) {
      if (this.#running >= this.#capacity) return;
      this.#running += 1;
      start();
    }
  }

  async #wait(caller: Caller): Promise<void> {
    const { signal } = caller;
    const leftMs = remainingMs(caller, Date.now());
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(start);
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
      };
      const start = (): void => {
        leave();
        resolve();
      };
      const cancel = (): void => {
        leave();
        reject(new JflowError("CANCELLED", "the client cancelled the request or disconnected"));
      };
      const expire = (): void => {
        leave();
        reject(
          new JflowError(
            "DEADLINE_EXCEEDED",
            "the deadline passed while the request waited for a replica with room (max_in_flight)",
          ),
        );
      };
      const timer =
        leftMs === undefined ? undefined : setTimeout(expire, Math.min(leftMs, MAX_TIMER_MS));
      this.#waiting.add(start);
      if (signal.aborted) cancel();
      else signal.addEventListener("abort", cancel);
    });
  }
}
