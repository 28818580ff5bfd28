import { JflowError } from "../../util/errors.ts";
import { MAX_REQUESTS_IN_FLIGHT, MAX_REQUEST_BYTES_IN_FLIGHT } from "../../util/limits/requests.ts";

/** Bounds what the gateway holds in memory. */
export class Admission {
  #inFlight = 0;
  #bytes = 0;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Refuses new requests. Resolves when the last request has finished. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  /**
   * Admits a request until the returned function is called. Throws `RESOURCE_EXHAUSTED` if the
   * gateway is full, and `UNAVAILABLE` after `close`.
   */
  enter(bytes: number): () => void {
    if (this.#isClosed) throw new JflowError("UNAVAILABLE", "the flow is stopping");
    if (
      this.#inFlight >= MAX_REQUESTS_IN_FLIGHT ||
      (this.#bytes > 0 && this.#bytes + bytes > MAX_REQUEST_BYTES_IN_FLIGHT)
    ) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `the gateway is full with ${this.#inFlight} requests in flight; send fewer at a time`,
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
