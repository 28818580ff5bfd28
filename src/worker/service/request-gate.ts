import { JflowError } from "../../util/errors.ts";

/** Counts the requests in flight and, once shut, lets no further one in. */
export class RequestGate {
  #inFlight = 0;
  #shut: string | undefined;
  #waiters: (() => void)[] = [];

  /**
   * Runs a request. Rejects with `UNAVAILABLE`, and the reason given to `shut`, once that was
   * called.
   */
  async pass<T>(request: () => Promise<T>): Promise<T> {
    if (this.#shut !== undefined) throw new JflowError("UNAVAILABLE", this.#shut);
    this.#inFlight += 1;
    try {
      return await request();
    } finally {
      this.#inFlight -= 1;
      this.#settle();
    }
  }

  /**
   * From now on requests are refused for that reason. Resolves when the last one let in has been
   * answered.
   */
  shut(reason: string): Promise<void> {
    this.#shut ??= reason;
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#shut === undefined || this.#inFlight > 0) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
