/** Seconds of a request or a call: half a millisecond to half a minute. */
export const SECONDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Bytes of a message: 256 B to 64 MiB, each bound four times the one before. */
export const BYTES: readonly number[] = Array.from({ length: 10 }, (_, power) => 256 * 4 ** power);

/** Counts values in buckets. `observe` allocates nothing. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** Counts a value in the first bucket whose bound is at least the value. */
  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    this.#counts[bucket]! += 1;
    this.#sum += value;
  }

  /** The number of values in each bucket alone; the last bucket has no bound. */
  read(): { readonly bounds: readonly number[]; readonly counts: number[]; readonly sum: number } {
    return { bounds: this.bounds, counts: [...this.#counts], sum: this.#sum };
  }
}
