import type { EntryHash } from "../core/digest.ts";
import type { SparseCoordinates } from "../core/similarity-index.ts";
import type { TopHits } from "../core/top-hits.ts";
import { PostingLists, Scores } from "./posting-lists.ts";

/**
 * Sparse vectors as inverted lists, each vector in a slot of its own that is never used again; a
 * removed or replaced one leaves a dead slot and its postings until a new generation is made of the
 * living.
 */
export class SparseGeneration {
  /** The id in each slot; undefined if it is dead. */
  readonly ids: (string | undefined)[] = [];
  readonly slots: Map<string, number> = new Map();
  readonly postings: PostingLists = new PostingLists();
  readonly #scores = new Scores();
  #hashes = new Uint32Array(2048);

  /** Slots used, dead ones included. */
  get size(): number {
    return this.ids.length;
  }

  get alive(): number {
    return this.slots.size;
  }

  /** Opens the next slot for a new id. The postings are added afterwards. */
  appendSlot(id: string, hash: EntryHash): number {
    const slot = this.size;
    if (slot * 2 >= this.#hashes.length) {
      const larger = new Uint32Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes.set([hash.high, hash.low], slot * 2);
    this.ids.push(id);
    this.slots.set(id, slot);
    return slot;
  }

  /** Puts a prepared vector into a new slot. */
  append(id: string, vector: SparseCoordinates, hash: EntryHash): void {
    const slot = this.appendSlot(id, hash);
    vector.indices.forEach((index, i) => this.postings.add(index, slot, vector.values[i]!));
  }

  /** Marks the slot of `id`, which must exist, as dead. */
  remove(id: string): void {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    this.slots.delete(id);
    this.ids[slot] = undefined;
  }

  /** The hash of the entry in a slot. */
  hash(slot: number): EntryHash {
    return { high: this.#hashes[slot * 2]!, low: this.#hashes[slot * 2 + 1]! };
  }

  /**
   * Offers every living vector at its distance, 1 - inner product. Those without a dimension in
   * common are at 1.
   */
  search(query: SparseCoordinates, top: TopHits): void {
    const scores = this.#scores;
    scores.reset(this.size);
    query.indices.forEach((index, i) => this.postings.accumulate(index, query.values[i]!, scores));
    for (const slot of scores.touched) this.#offer(slot, Math.fround(1 - scores.sum(slot)), top);
    if (top.bound < 1) return;
    for (let slot = 0; slot < this.size; slot += 1)
      if (!scores.isTouched(slot)) this.#offer(slot, 1, top);
  }

  #offer(slot: number, distance: number, top: TopHits): void {
    const id = this.ids[slot];
    if (id !== undefined && distance <= top.bound) top.offer(id, distance);
  }
}
