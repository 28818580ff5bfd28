import { JflowError } from "../util/errors.ts";

/**
 * Whether a call on the serving side is still wanted. The `AbortSignal` is made when somebody asks
 * for it: most handlers never do, and making one costs more than the rest of a small call.
 */
export class CallSignal {
  #controller: AbortController | undefined;
  #reason: JflowError | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `timeoutMs` from now the call is late; undefined: never. */
  constructor(timeoutMs?: number) {
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(
      () => this.abort(new JflowError("DEADLINE_EXCEEDED", "the request's time is over")),
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

  /** The call is over: its timer must not hold on to it. */
  settle(): void {
    clearTimeout(this.#timer);
  }
}

/** The longest wait a Node timer can count; a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
