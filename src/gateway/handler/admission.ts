import { JflowError } from "../../util/errors.ts";

/**
 * Requests in flight at most, over all clients. Each stream has its own, smaller, bound
 * (`prefetch`).
 */
const MOST_REQUESTS = 20_000;
/** Bytes of requests in flight at most. */
const MOST_BYTES = 1024 ** 3;

/** Bounds what the gateway holds in memory. */
export class Admission {
  #inFlight = 0;
  #bytes = 0;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Lets nobody in any more; resolves when the last request is out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  /**
   * Lets a request in until the returned function is called. Throws `RESOURCE_EXHAUSTED`, and
   * `UNAVAILABLE` once closed.
   */
  enter(bytes: number): () => void {
    if (this.#isClosed) throw new JflowError("UNAVAILABLE", "the flow is stopping");
    if (this.#inFlight >= MOST_REQUESTS || (this.#bytes > 0 && this.#bytes + bytes > MOST_BYTES)) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `the gateway is full: ${this.#inFlight} requests in flight; send less at once`,
      );
    }
    this.#inFlight += 1;
    this.#bytes += bytes;
    return () => {
      this.#inFlight -= 1;
      this.#bytes -= bytes;
      if (this.#inFlight === 0) this.#whenIdle?.();
    };
  }
}
