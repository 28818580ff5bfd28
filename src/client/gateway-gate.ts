import { setTimeout as sleep } from "node:timers/promises";
import { JflowError, toJflowError } from "../util/errors.ts";
import type { JinaPeer } from "../wire/jina/client/jina-peer.ts";

/**
 * A gateway that died is back after half a second, one that dies again and again after 30 s at
 * most.
 */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 100;
const LOOK_MS = 1000;

/**
 * Holds requests back while the gateway cannot be reached, so that its restart costs those that
 * were on their way and no others. Where nobody ever answered, or the gateway stays away for a
 * minute, the gate is shut for good.
 */
export class GatewayGate {
  readonly #peer: JinaPeer;
  readonly #signal: AbortSignal;
  #isKnown = false;
  #waiting: Promise<void> | undefined;
  #isShut = false;

  constructor(peer: JinaPeer, signal: AbortSignal) {
    this.#peer = peer;
    this.#signal = signal;
  }

  get isShut(): boolean {
    return this.#isShut;
  }

  /** Resolves when a request may be sent. Rejects with `UNAVAILABLE` once the gate is shut. */
  async pass(): Promise<void> {
    await this.#waiting;
    if (this.#isShut)
      throw new JflowError(
        "UNAVAILABLE",
        `nobody answers at ${this.#peer.target}: this was not sent, nor is the rest`,
      );
  }

  /** A request was answered, or failed. */
  note(error: JflowError | undefined): void {
    if (error?.code === "UNAVAILABLE") this.#waiting ??= this.#wait();
    else this.#isKnown = true;
  }

  async #wait(): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await this.#look();
      if (found !== "away") this.#isKnown = true;
      if (found === "serving" || this.#signal.aborted) break;
      this.#isShut = !this.#isKnown || performance.now() > endMs;
      if (this.#isShut) break;
      // Cut short when the post is stopped: the next look at the signal ends the wait.
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.#signal }).catch(() => undefined);
    }
    this.#waiting = undefined;
  }

  /** A gateway without the health service is there all the same. */
  async #look(): Promise<"serving" | "starting" | "away"> {
    try {
      return (await this.#peer.isServing({ timeoutMs: LOOK_MS, signal: this.#signal }))
        ? "serving"
        : "starting";
    } catch (error) {
      const { code } = toJflowError(error);
      return code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED" ? "away" : "serving";
    }
  }
}
