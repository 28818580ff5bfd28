import { JflowError } from "../util/errors.ts";
import { MAX_TIMER_MS } from "../util/limits/flow-file.ts";

/**
 * Whether the client of a served call still waits for it. The `AbortSignal` is created on first
 * access: most handlers do not use it, and it costs more than the rest of a small call.
 */
export class CallSignal {
  #controller: AbortController | undefined;
  #reason: JflowError | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Aborts the call after `timeoutMs`; undefined: never. */
  constructor(timeoutMs?: number) {
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(
      () => this.abort(new JflowError("DEADLINE_EXCEEDED", "the request's deadline has passed")),
      Math.min(timeoutMs, MAX_TIMER_MS),
    );
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: JflowError): void {
    if (this.#reason) return;
    this.#reason = reason;
    clearTimeout(this.#timer);
    this.#controller?.abort(reason);
  }

  /** Clears the timer of a call that is over, so that it does not keep the call in memory. */
  settle(): void {
    clearTimeout(this.#timer);
  }
}
