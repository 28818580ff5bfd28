import { JflowError } from "../../util/errors.ts";

/** Counts the requests in flight. Once shut, it refuses further requests. */
export class RequestGate {
  #inFlight = 0;
  #shut: string | undefined;
  #waiters: (() => void)[] = [];

  /**
   * Runs a request. Once the gate is shut, rejects with `UNAVAILABLE` and the reason given to
   * `shut`.
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
   * Refuses all further requests with that reason. Resolves when every request in flight has been
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
