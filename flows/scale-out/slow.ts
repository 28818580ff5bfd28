import { setTimeout as sleep } from "node:timers/promises";
import { Executor, type DocumentArray } from "jflow";

interface SlowConfig {
  /** Milliseconds each request waits, as for a device or another service. */
  wait_ms?: number;
  /** Milliseconds each request computes, as a model does. */
  compute_ms?: number;
}

/** One request at a time, as a model that owns its device: waits, then computes. */
export class Slow extends Executor<SlowConfig> {
  static override readonly requests = { "/index": "work", "/search": "work" };
  #turn: Promise<void> = Promise.resolve();

  async work(docs: DocumentArray): Promise<void> {
    const turn = this.#turn.then(() => this.#work());
    this.#turn = turn;
    await turn;
    for (const doc of docs) doc.tags = { ...doc.tags, replica: this.replica };
  }

  async #work(): Promise<void> {
    if (this.config.wait_ms) await sleep(this.config.wait_ms);
    const end = performance.now() + (this.config.compute_ms ?? 0);
    while (performance.now() < end) Math.sqrt(end);
  }
}
