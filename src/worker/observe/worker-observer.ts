import type { MetricFamilies } from "../../util/metrics/family.ts";
import type { ReplicaSpec } from "../../model/replica.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { formatJinaPlace } from "../executor/results.ts";
import { WorkerMetrics } from "./worker-metrics.ts";

/** Observes all requests to a worker and all calls of its executor. */
export class WorkerObserver {
  readonly #metrics: WorkerMetrics;
  #executor = "";

  constructor(spec: ReplicaSpec) {
    this.#metrics = new WorkerMetrics(formatJinaPlace(spec), () => this.#executor);
  }

  /** Names the class of the executor, once it is loaded. */
  name(executor: string): void {
    this.#executor = executor;
  }

  /** Runs a request and counts it. */
  async observe(request: WorkerRequest, run: () => Promise<WorkerReply>): Promise<WorkerReply> {
    const startMs = performance.now();
    let sentBytes: number | undefined;
    try {
      const reply = await run();
      if (!reply.isError) sentBytes = reply.response.length;
      return reply;
    } finally {
      const { endpoint, requests } = request;
      const bytes = requests.reduce((sum, { length }) => sum + length, 0);
      const seconds = (performance.now() - startMs) / 1_000;
      this.#metrics.count({ endpoint, bytes, seconds }, sentBytes);
    }
  }

  /** A method of the executor has ended. */
  readonly ran = (endpoint: string, documents: number, seconds: number): void =>
    this.#metrics.ran(endpoint, documents, seconds);

  measure(): MetricFamilies {
    return this.#metrics.families();
  }
}
