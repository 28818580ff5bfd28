import type { EntryHash } from "../core/digest.ts";
import type { SparseCoordinates } from "../core/similarity-index.ts";
import type { TopHits } from "../core/top-hits.ts";
import { PostingLists, Scores } from "./posting-lists.ts";
import type { SparseMetric } from "./sparse-vector.ts";

// How soon more occurrences of a term stop to matter, and how much the length of a text counts.
// The values of Anserini, which rank texts of very different lengths better than those of Lucene:
// https://github.com/castorini/anserini/blob/master/docs/experiments-msmarco-passage.md
const SATURATION = 0.9;
const LENGTH_SHARE = 0.4;

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
  /** The sum of the values in each slot, for `bm25`. */
  readonly #lengths: number[] = [];
  #livingLength = 0;

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
    this.#lengths.push(0);
    this.slots.set(id, slot);
    return slot;
  }

  /** Puts a prepared vector into a new slot. */
  append(id: string, vector: SparseCoordinates, hash: EntryHash): void {
    const slot = this.appendSlot(id, hash);
    vector.indices.forEach((index, i) => this.addPosting(index, slot, vector.values[i]!));
  }

  /** Adds a value of the vector in a living slot. */
  addPosting(dimension: number, slot: number, value: number): void {
    this.postings.add(dimension, slot, value);
    this.#lengths[slot]! += value;
    this.#livingLength += value;
  }

  /** Marks the slot of `id`, which must exist, as dead. */
  remove(id: string): void {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    this.slots.delete(id);
    this.ids[slot] = undefined;
    this.#livingLength -= this.#lengths[slot]!;
  }

  /** The hash of the entry in a slot. */
  hash(slot: number): EntryHash {
    return { high: this.#hashes[slot * 2]!, low: this.#hashes[slot * 2 + 1]! };
  }

  /**
   * Offers every living vector at its distance, 1 - inner product. Those without a dimension in
   * common are at 1. By metric `bm25`, they are left out: they have no word of the query.
   */
  search(query: SparseCoordinates, top: TopHits, metric: SparseMetric): void {
    const scores = this.#scores;
    scores.reset(this.size);
    if (metric === "bm25") this.#accumulateTerms(query);
    else
      query.indices.forEach((index, i) =>
        this.postings.accumulate(index, query.values[i]!, scores),
      );
    for (const slot of scores.touched) this.#offer(slot, Math.fround(1 - scores.sum(slot)), top);
    if (metric === "bm25" || top.bound < 1) return;
    for (let slot = 0; slot < this.size; slot += 1)
      if (!scores.isTouched(slot)) this.#offer(slot, 1, top);
  }

  /**
   * Adds the BM25 score of each term, by the formula of Lucene, in parts of the sum that no text
   * can reach. A term that no text has counts too, so that a rare match of nonsense stays far away.
   */
  #accumulateTerms(query: SparseCoordinates): void {
    const averageLength = this.#livingLength / this.alive;
    const weights = Array.from(query.indices, (index, i) => query.values[i]! * this.#idf(index));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    query.indices.forEach((index, i) => {
      const share = weights[i]! / total;
      this.postings.visit(index, (slot, count) => {
        const length = this.#lengths[slot]! / averageLength;
        const norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length);
        this.#scores.add(slot, (share * count) / (count + norm));
      });
    });
  }

  /** Returns the weight of a term: the fewer living texts have the term, the more. */
  #idf(index: number): number {
    let texts = 0;
    this.postings.visit(index, (slot) => {
      if (this.ids[slot] !== undefined) texts += 1;
    });
    return Math.log(1 + (this.alive - texts + 0.5) / (texts + 0.5));
  }

  #offer(slot: number, distance: number, top: TopHits): void {
    const id = this.ids[slot];
    if (id !== undefined && distance <= top.bound) top.offer(id, distance);
  }
}
