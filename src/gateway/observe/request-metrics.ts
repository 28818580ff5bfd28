import { MAX_ENDPOINTS_COUNTED } from "../../util/limits/requests.ts";
import type { RequestFacts } from "./request-end.ts";
import { BYTES, Histogram, SECONDS } from "../../util/metrics/histogram.ts";

/** The code of a request that succeeded, next to the codes of errors. */
export const OK = "OK";

/** The name under which the metrics hold the endpoints beyond `MAX_ENDPOINTS_COUNTED`. */
const OTHER = "other";

/** The requests to one endpoint. */
export class EndpointMetrics {
  readonly seconds = new Histogram(SECONDS);
  readonly codes = new Map<string, number>();
  documents = 0;

  count(code: string, seconds: number, documents: number): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    this.seconds.observe(seconds);
    this.documents += documents;
  }
}

/** Counts the requests to the gateway, from its start. */
export class RequestMetrics {
  readonly endpoints = new Map<string, EndpointMetrics>();
  /** The refused requests, by code. */
  readonly refused = new Map<string, number>();
  /** The time of the requests that succeeded. */
  readonly successSeconds = new Histogram(SECONDS);
  readonly receivedBytes = new Histogram(BYTES);
  readonly sentBytes = new Histogram(BYTES);
  inFlight = 0;
  succeeded = 0;
  failed = 0;

  begin(bytes: number): void {
    this.inFlight += 1;
    this.receivedBytes.observe(bytes);
  }

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  end({ endpoint, documents }: RequestFacts, code: string, seconds: number): void {
    this.inFlight -= 1;
    if (code === OK) {
      this.succeeded += 1;
      this.successSeconds.observe(seconds);
    } else this.failed += 1;
    this.#of(endpoint).count(code, seconds, documents);
  }

  /** A client chooses the names of endpoints, so their number is bounded. */
  #of(endpoint: string): EndpointMetrics {
    const known = this.endpoints.get(endpoint);
    if (known !== undefined) return known;
    const name = this.endpoints.size < MAX_ENDPOINTS_COUNTED ? endpoint : OTHER;
    const metrics = this.endpoints.get(name) ?? new EndpointMetrics();
    this.endpoints.set(name, metrics);
    return metrics;
  }
}
