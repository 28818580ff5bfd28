import { setTimeout as sleep } from "node:timers/promises";
import { JflowError, toJflowError } from "../util/errors.ts";
import type { JinaPeer } from "../wire/jina/client/jina-peer.ts";
import { GATEWAY_WAIT_MS } from "../util/limits/clients.ts";

const CHECK_INTERVAL_MS = 100;
const CHECK_TIMEOUT_MS = 1000;

/**
 * Holds requests back while the gateway is unreachable, so that its restart fails only the requests
 * in flight. Closes for good if the gateway never answered or stays unreachable for a minute.
 */
export class GatewayGate {
  readonly #peer: JinaPeer;
  readonly #signal: AbortSignal;
  #hasAnswered = false;
  #waiting: Promise<void> | undefined;
  #isClosed = false;

  constructor(peer: JinaPeer, signal: AbortSignal) {
    this.#peer = peer;
    this.#signal = signal;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when a request may be sent. Rejects with `UNAVAILABLE` if the gate is closed. */
  async pass(): Promise<void> {
    await this.#waiting;
    if (this.#isClosed)
      throw new JflowError(
        "UNAVAILABLE",
        `no gateway answers at ${this.#peer.target}: these documents and all after them were not sent`,
      );
  }

  /** Records that a request was answered or failed. */
  note(error: JflowError | undefined): void {
    if (error?.code === "UNAVAILABLE") this.#waiting ??= this.#wait();
    else this.#hasAnswered = true;
  }

  async #wait(): Promise<void> {
    const endMs = performance.now() + GATEWAY_WAIT_MS;
    for (;;) {
      const found = await this.#check();
      if (found !== "unreachable") this.#hasAnswered = true;
      if (found === "serving" || this.#signal.aborted) break;
      this.#isClosed = !this.#hasAnswered || performance.now() > endMs;
      if (this.#isClosed) break;
      // An abort ends the delay, and the loop with the next check.
      await sleep(CHECK_INTERVAL_MS, undefined, { signal: this.#signal }).catch(() => undefined);
    }
    this.#waiting = undefined;
  }

  /** A gateway without the health service counts as serving. */
  async #check(): Promise<"serving" | "starting" | "unreachable"> {
    try {
      return (await this.#peer.isServing({ timeoutMs: CHECK_TIMEOUT_MS, signal: this.#signal }))
        ? "serving"
        : "starting";
    } catch (error) {
      const { code } = toJflowError(error);
      return code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED" ? "unreachable" : "serving";
    }
  }
}
