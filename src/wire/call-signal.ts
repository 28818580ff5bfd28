import type { Cancellation } from "./cancellation.ts";
import { JflowError, type ErrorCode } from "../util/errors.ts";
import { MAX_TIMER_MS } from "../util/limits/flow-file.ts";

/** Whether the client of a served call still waits for it. */
export class CallSignal implements Cancellation {
  readonly #listeners: (() => void)[] = [];
  #reason: JflowError | undefined;
  #isSettled = false;
  #timer: NodeJS.Timeout | undefined;

  /** Aborts the call after `timeoutMs`; undefined: never. */
  constructor(timeoutMs?: number) {
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(
      () => this.abort("DEADLINE_EXCEEDED", "the request's deadline has passed"),
      Math.min(timeoutMs, MAX_TIMER_MS),
    );
    this.#timer.unref();
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): JflowError | undefined {
    return this.#reason;
  }

  /** Calls `listener` once, at the abort. A listener that is added later is not called. */
  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  throwIfAborted(): void {
    if (this.#reason) throw this.#reason;
  }

  /** Does nothing if the call is aborted or over. */
  abort(code: ErrorCode, message: string): void {
    if (this.#reason || this.#isSettled) return;
    this.#reason = new JflowError(code, message);
    clearTimeout(this.#timer);
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** Ends the watch over a call that is over, so that no timer keeps the call in memory. */
  settle(): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
  }
}
