import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import { TRACE_NOTICE_MS } from "../../util/limits/requests.ts";
import { countOf } from "../../util/text/count-of.ts";

type Done = Parameters<SpanExporter["export"]>[1];

/**
 * Exports through another exporter. Reports when the collector can no longer be reached, and when
 * it can be reached again: at most one failure per `TRACE_NOTICE_MS`.
 */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #target: string;
  readonly #deps: { readonly report: (text: string) => void; readonly now: () => number };
  #lost = 0;
  #isDown = false;
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
      if (result.error === undefined) this.#noteSuccess();
      else this.#noteLoss(spans.length, result.error);
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
    if (this.#isDown || nowMs - this.#reportedMs < TRACE_NOTICE_MS) return;
    this.#reportedMs = nowMs;
    this.#isDown = true;
    this.#deps.report(
      `cannot export traces to ${this.#target}: ${explain(error)}. Requests are not affected`,
    );
  }

  #noteSuccess(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#deps.report(
      `traces are exported to ${this.#target} again; ${countOf(this.#lost, "span")} lost`,
    );
    this.#lost = 0;
  }
}

/** Returns the reason without the words of gRPC around it. */
function explain({ message }: Error): string {
  return message
    .replace(/^\d+ [A-Z_]+: /, "")
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/\.?\s*Resolution note:[^]*$/, "");
}
