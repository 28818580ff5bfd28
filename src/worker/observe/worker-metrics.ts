import type { MetricFamily, MetricLabels, MetricSample } from "../../util/metrics/family.ts";
import { JINA_HELP } from "../../wire/jina/metric-help.ts";
import { MAX_ENDPOINTS_COUNTED } from "../../util/limits/requests.ts";
import { BYTES, Histogram, SECONDS } from "../../util/metrics/histogram.ts";

/** The name under which the metrics hold the endpoints beyond `MAX_ENDPOINTS_COUNTED`. */
const OTHER = "other";

/** The calls of an executor at one endpoint. */
class ExecutorMetrics {
  readonly processSeconds = new Histogram(SECONDS);
  readonly receivedBytes = new Histogram(BYTES);
  readonly sentBytes = new Histogram(BYTES);
  documents = 0;
}

/**
 * Counts the requests to one replica, by the names of Jina:
 * https://github.com/jina-ai/jina/blob/v3.27.0/docs/concepts/flow/instrumentation.md
 */
export class WorkerMetrics {
  readonly #runtime: MetricLabels;
  readonly #executor: () => string;
  readonly #endpoints = new Map<string, ExecutorMetrics>();
  readonly #seconds = new Histogram(SECONDS);
  #succeeded = 0;
  #failed = 0;

  /** `runtime`: Jina's name of the replica. `executor`: the class of the executor. */
  constructor(runtime: string, executor: () => string) {
    this.#runtime = { runtime_name: runtime };
    this.#executor = executor;
  }

  /** A request was answered, or failed with undefined. */
  count(
    { endpoint, bytes, seconds }: { endpoint: string; bytes: number; seconds: number },
    sentBytes: number | undefined,
  ): void {
    const metrics = this.#of(endpoint);
    metrics.receivedBytes.observe(bytes);
    if (sentBytes === undefined) {
      this.#failed += 1;
      return;
    }
    this.#succeeded += 1;
    this.#seconds.observe(seconds);
    metrics.sentBytes.observe(sentBytes);
  }

  /** A method of the executor has ended. */
  ran(endpoint: string, documents: number, seconds: number): void {
    const metrics = this.#of(endpoint);
    metrics.processSeconds.observe(seconds);
    metrics.documents += documents;
  }

  families(): readonly MetricFamily[] {
    const runtime = (value: number | Histogram): readonly MetricSample[] => [
      { labels: this.#runtime, value: typeof value === "number" ? value : value.read() },
    ];
    const executor = (
      read: (metrics: ExecutorMetrics) => number | Histogram,
    ): readonly MetricSample[] =>
      [...this.#endpoints].map(([endpoint, metrics]) => {
        const labels = {
          executor_endpoint: endpoint,
          executor: this.#executor(),
          ...this.#runtime,
        };
        const value = read(metrics);
        return { labels, value: typeof value === "number" ? value : value.read() };
      });
    return [
      family("jina_receiving_request_seconds", "histogram", runtime(this.#seconds)),
      family("jina_successful_requests_total", "counter", runtime(this.#succeeded)),
      family("jina_failed_requests_total", "counter", runtime(this.#failed)),
      family(
        "jina_process_request_seconds",
        "histogram",
        executor(({ processSeconds }) => processSeconds),
      ),
      family(
        "jina_document_processed_total",
        "counter",
        executor(({ documents }) => documents),
      ),
      family(
        "jina_received_request_bytes",
        "histogram",
        executor(({ receivedBytes }) => receivedBytes),
      ),
      family(
        "jina_sent_response_bytes",
        "histogram",
        executor(({ sentBytes }) => sentBytes),
      ),
    ];
  }

  #of(endpoint: string): ExecutorMetrics {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) return known;
    const name = this.#endpoints.size < MAX_ENDPOINTS_COUNTED ? endpoint : OTHER;
    const metrics = this.#endpoints.get(name) ?? new ExecutorMetrics();
    this.#endpoints.set(name, metrics);
    return metrics;
  }
}

const HELP = {
  ...JINA_HELP,
  jina_process_request_seconds: "Time in the method of the executor",
  jina_document_processed_total: "Documents that the executor received",
} as const;

function family(
  name: keyof typeof HELP,
  type: MetricFamily["type"],
  samples: readonly MetricSample[],
): MetricFamily {
  return { name, help: HELP[name], type, samples };
}
