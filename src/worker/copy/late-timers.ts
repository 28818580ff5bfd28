/** Tells when a copy has kept the others waiting for too long. One timer a copy; a second one replaces the first. */
export class LateTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #onLate: (copyId: string) => void;

  constructor(onLate: (copyId: string) => void) {
    this.#onLate = onLate;
  }

  expect(copyId: string, afterMs: number): void {
    this.expectNothing(copyId);
    const timer = setTimeout(() => {
      this.#timers.delete(copyId);
      this.#onLate(copyId);
    }, afterMs);
    this.#timers.set(copyId, timer);
  }

  expectNothing(copyId: string): void {
    clearTimeout(this.#timers.get(copyId));
    this.#timers.delete(copyId);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
