import { JflowError } from "../../util/errors.ts";
import { MAX_REQUESTS_IN_FLIGHT, MAX_REQUEST_BYTES_IN_FLIGHT } from "../../util/limits/requests.ts";

/** A request that was admitted. */
export interface AdmittedRequest {
  /** The request is answered. Its answer does not wait for the work of `keep`. */
  readonly leave: () => void;
  /** The request has not finished before this work has settled. */
  readonly keep: (work: Promise<unknown>) => void;
}

/** Bounds what the gateway holds in memory. */
export class Admission {
  #inFlight = 0;
  #bytes = 0;
  #unfinished = 0;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  /** The requests that are not answered, or whose floating executors still work. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Refuses new requests. Resolves when the last request has finished. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#unfinished > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  /**
   * Admits a request until it leaves. Throws `RESOURCE_EXHAUSTED` if the
   * gateway is full, and `UNAVAILABLE` after `close`.
   */
  enter(bytes: number): AdmittedRequest {
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
    this.#unfinished += 1;
    let parts = 1;
    const endPart = (): void => {
      parts -= 1;
      if (parts === 0) this.#finished();
    };
    return {
      leave: () => {
        this.#inFlight -= 1;
        this.#bytes -= bytes;
        endPart();
      },
      keep: (work) => {
        parts += 1;
        work.then(endPart, endPart);
      },
    };
  }

  #finished(): void {
    this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#whenIdle?.();
  }
}
