import { setTimeout as sleep } from "node:timers/promises";
import type { SnapshotChunk } from "../../model/shard/snapshot.ts";

/** The time, and the waits for it. */
export interface SendRateDeps {
  /** In milliseconds. */
  now(): number;
  wait(ms: number): Promise<unknown>;
}

const REAL_TIME: SendRateDeps = {
  now: () => performance.now(),
  wait: async (ms) => sleep(ms, undefined, { ref: false }),
};

/** Bounds the bytes that a process sends in a second, over all copies that it sends to. */
export class SendRate {
  readonly #bytesPerSec: number;
  readonly #deps: SendRateDeps;
  /** When the bytes until now have had their time. */
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSec: number, deps: SendRateDeps = REAL_TIME) {
    this.#bytesPerSec = bytesPerSec;
    this.#deps = deps;
  }

  /** Yields the pieces of a snapshot, each when the pieces before it have had their time. */
  async *pace(chunks: AsyncIterable<SnapshotChunk>): AsyncGenerator<SnapshotChunk> {
    for await (const chunk of chunks) {
      const now = this.#deps.now();
      const waitMs = this.#freeAt - now;
      this.#freeAt = Math.max(now, this.#freeAt) + (chunk.bytes.length * 1000) / this.#bytesPerSec;
      if (waitMs > 0) await this.#deps.wait(waitMs);
      yield chunk;
    }
  }
}
