import type { ExecutorLog } from "../../model/executor.ts";
import { nameTrace } from "../../util/tracing/name-trace.ts";

export interface ExecutorLogDeps {
  readonly log: ExecutorLog;
  /** The trace of the request that the executor works on. */
  readonly traceId: () => string | undefined;
  /** Receives each warning as well. */
  readonly warned: (message: string) => void;
}

/** The log of an executor. A line that is written for a request with a trace names the trace. */
export class TracedLog implements ExecutorLog {
  readonly #deps: ExecutorLogDeps;

  constructor(deps: ExecutorLogDeps) {
    this.#deps = deps;
  }

  info(message: string): void {
    this.#deps.log.info(this.#trace(message));
  }

  warn(message: string): void {
    this.#deps.log.warn(this.#trace(message));
    this.#deps.warned(message);
  }

  error(message: string): void {
    this.#deps.log.error(this.#trace(message));
  }

  #trace(message: string): string {
    return nameTrace(message, this.#deps.traceId());
  }
}
