/** One non-zero value of a dimension, and the slot of its vector. */
export interface Posting {
  readonly slot: number;
  readonly value: number;
}

const BLOCK_BITS = 16;
const BLOCK_SIZE = 1 << BLOCK_BITS;
const BLOCK_MASK = BLOCK_SIZE - 1;

interface Block {
  readonly slots: Uint32Array;
  readonly values: Float32Array;
  /** Number of the posting before this one in its list, plus one; 0 at the first. */
  readonly previous: Uint32Array;
}

/**
 * For each dimension the list of its non-zero values: 12 bytes a value, and a map entry for each
 * dimension that has any. The lists are chained through blocks which all share, because most of
 * them are short.
 */
export class PostingLists {
  readonly #blocks: Block[] = [];
  /** Number of the last posting of each dimension, plus one. */
  readonly #last: Map<number, number> = new Map();
  #size = 0;

  /** Values held. */
  get size(): number {
    return this.#size;
  }

  dimensions(): IterableIterator<number> {
    return this.#last.keys();
  }

  add(dimension: number, slot: number, value: number): void {
    const at = this.#size & BLOCK_MASK;
    if (at === 0) this.#blocks.push(makeBlock());
    const block = this.#blocks.at(-1)!;
    block.slots[at] = slot;
    block.values[at] = value;
    block.previous[at] = this.#last.get(dimension) ?? 0;
    this.#size += 1;
    this.#last.set(dimension, this.#size);
  }

  /**
   * Adds `weight` times each value of the dimension to the score of its slot; slots seen for the
   * first time get into `touched`.
   */
  accumulate(dimension: number, weight: number, scores: Scores): void {
    this.visit(dimension, (slot, value) => scores.add(slot, weight * value));
  }

  /** Calls `visit` with each posting of one dimension, latest first. Allocates nothing. */
  visit(dimension: number, visit: (slot: number, value: number) => void): void {
    for (let next = this.#last.get(dimension) ?? 0; next !== 0;) {
      const block = this.#blocks[(next - 1) >> BLOCK_BITS]!;
      const at = (next - 1) & BLOCK_MASK;
      visit(block.slots[at]!, block.values[at]!);
      next = block.previous[at]!;
    }
  }

  /** The postings of one dimension, latest first. */
  *list(dimension: number): Generator<Posting> {
    for (let next = this.#last.get(dimension) ?? 0; next !== 0;) {
      const block = this.#blocks[(next - 1) >> BLOCK_BITS]!;
      const at = (next - 1) & BLOCK_MASK;
      yield { slot: block.slots[at]!, value: block.values[at]! };
      next = block.previous[at]!;
    }
  }
}

/** Sums by slot, used again from search to search. */
export class Scores {
  #sums: Float64Array = new Float64Array(1024);
  #isTouched: Uint8Array = new Uint8Array(1024);
  #touched: number[] = [];

  /** Slots with a sum, in the order in which they first got one. */
  get touched(): readonly number[] {
    return this.#touched;
  }

  /** Clears all sums and makes room for this many slots. */
  reset(slots: number): void {
    if (slots > this.#sums.length) {
      this.#sums = new Float64Array(slots * 2);
      this.#isTouched = new Uint8Array(slots * 2);
    }
    for (const slot of this.#touched) {
      this.#sums[slot] = 0;
      this.#isTouched[slot] = 0;
    }
    this.#touched = [];
  }

  add(slot: number, amount: number): void {
    if (this.#isTouched[slot] === 0) {
      this.#isTouched[slot] = 1;
      this.#touched.push(slot);
    }
    this.#sums[slot]! += amount;
  }

  sum(slot: number): number {
    return this.#sums[slot]!;
  }

  isTouched(slot: number): boolean {
    return this.#isTouched[slot] === 1;
  }
}

function makeBlock(): Block {
  return {
    slots: new Uint32Array(BLOCK_SIZE),
    values: new Float32Array(BLOCK_SIZE),
    previous: new Uint32Array(BLOCK_SIZE),
  };
}
