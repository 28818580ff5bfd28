import { setImmediate } from "node:timers/promises";

/** The maximum time that one slice of a long job may block the event loop, in milliseconds. */
const SLICE_MS = 8;

/** Cuts a long job into slices, so that health checks and searches are answered between them. */
export class Slices {
  #endsAtMs: number = performance.now() + SLICE_MS;

  /**
   * Returns whether the slice is used up: then `await next()`. A separate method, so that a loop
   * awaits only when necessary.
   */
  isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }

  /** Yields to the event loop, then starts a new slice. */
  async next(): Promise<void> {
    await setImmediate();
    this.#endsAtMs = performance.now() + SLICE_MS;
  }
}
