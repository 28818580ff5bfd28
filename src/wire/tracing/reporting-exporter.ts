import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import { TRACE_NOTICE_MS } from "../../util/limits/requests.ts";
import { countOf } from "../../util/text/count-of.ts";

type Done = Parameters<SpanExporter["export"]>[1];

/**
 * Exports through another exporter, and reports a collector that cannot be reached: at its first
 * failure, and then once per `TRACE_NOTICE_MS`.
 */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #target: string;
  readonly #deps: { readonly report: (text: string) => void; readonly now: () => number };
  #lost = 0;
  #reportedMs = Number.NEGATIVE_INFINITY;

  /** `now` is in milliseconds. */
  constructor(
    exporter: SpanExporter,
    target: string,
    deps: { readonly report: (text: string) => void; readonly now: () => number },
  ) {
    this.#exporter = exporter;
    this.#target = target;
    this.#deps = deps;
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#exporter.export(spans, (result) => {
      if (result.error !== undefined) this.#noteLoss(spans.length, result.error);
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #noteLoss(spans: number, error: Error): void {
    this.#lost += spans;
    const nowMs = this.#deps.now();
    if (nowMs - this.#reportedMs < TRACE_NOTICE_MS) return;
    this.#reportedMs = nowMs;
    this.#deps.report(
      `cannot export traces to ${this.#target}: ${error.message}; ${countOf(this.#lost, "span")} lost. Requests are not affected`,
    );
    this.#lost = 0;
  }
}
