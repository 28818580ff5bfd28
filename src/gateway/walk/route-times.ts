import type { RequestStatus, RouteStep } from "../../wire/jina/messages/header.ts";

interface Times {
  readonly startMs: number;
  endMs?: number;
  status?: RequestStatus;
}

/**
 * Measures when a request was at each deployment: the `routes` of its answer. `now` returns
 * milliseconds since 1970, with fractions.
 */
export class RouteTimes {
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #times = new Map<string, Times>();

  constructor(now: () => number) {
    this.#now = now;
    this.#startMs = now();
  }

  start(deployment: string): void {
    this.#times.set(deployment, { startMs: this.#now() });
  }

  /** A deployment that is skipped never ends. */
  end(deployment: string, status?: RequestStatus): void {
    const times = this.#times.get(deployment);
    if (!times) return;
    times.endMs = this.#now();
    if (status) times.status = status;
  }

  /**
   * Lists the gateway first, then the deployments that were reached, in `order`. The gateway's end
   * lies in a later millisecond than its start: the `profiling()` of Jina's client divides by the
   * whole milliseconds between them.
   */
  list(order: readonly string[]): RouteStep[] {
    const endMs = Math.max(this.#now(), Math.floor(this.#startMs) + 1);
    const gateway: Times = { startMs: this.#startMs, endMs };
    const reached = order.flatMap((executor) => {
      const times = this.#times.get(executor);
      return times ? [{ executor, ...times }] : [];
    });
    return [{ executor: "gateway", ...gateway }, ...reached];
  }
}
