import type { Hit } from "./similarity-index.ts";

/**
 * The best `limit` of the hits offered: smaller distance first, equal ones by id in code-unit
 * order. A heap with its worst hit on top.
 */
export class TopHits {
  readonly limit: number;
  readonly #heap: Hit[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * A hit beyond this distance cannot enter. A hit at exactly this distance may, depending on its
   * id.
   */
  get bound(): number {
    if (this.#heap.length < this.limit) return Number.POSITIVE_INFINITY;
    return this.#heap[0]?.distance ?? Number.NEGATIVE_INFINITY;
  }

  /** Adds the hit if it is among the best so far. */
  offer(id: string, distance: number): void {
    const hit = { id, distance };
    if (this.#heap.length < this.limit) {
      this.#heap.push(hit);
      this.#siftUp(this.#heap.length - 1);
      return;
    }
    const worst = this.#heap[0];
    if (worst === undefined || compareHits(hit, worst) >= 0) return;
    this.#heap[0] = hit;
    this.#siftDown();
  }

  /** The hits, best first. */
  list(): Hit[] {
    return this.#heap.toSorted(compareHits);
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    let child = from;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (compareHits(heap[child]!, heap[parent]!) <= 0) return;
      [heap[child], heap[parent]] = [heap[parent]!, heap[child]!];
      child = parent;
    }
  }

  #siftDown(): void {
    const heap = this.#heap;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && compareHits(heap[child + 1]!, heap[child]!) > 0) child += 1;
      if (compareHits(heap[child]!, heap[parent]!) <= 0) return;
      [heap[child], heap[parent]] = [heap[parent]!, heap[child]!];
      parent = child;
    }
  }
}

/** Below zero if `a` comes first. */
export function compareHits(a: Hit, b: Hit): number {
  if (a.distance !== b.distance) return a.distance < b.distance ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
