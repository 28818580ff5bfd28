import { Busy } from "../core/busy.ts";
import { ContentDigest, hashEntry } from "../core/digest.ts";
import type { Entry, Hit, SparseIndex, SparseCoordinates } from "../core/similarity-index.ts";
import { Slices } from "../core/slices.ts";
import { loadSparseGeneration, saveSparseGeneration } from "./sparse-files.ts";
import { SparseGeneration } from "./sparse-generation.ts";
import { prepareSparseVector, sparseVectorBytes, type SparseMetric } from "./sparse-vector.ts";
import { TopHits } from "../core/top-hits.ts";

/** The options of a sparse index. `l2` is not supported, because it needs every coordinate. */
export interface SparseOptions {
  readonly metric: SparseMetric;
}

/** With fewer dead slots than this, a new generation is not worth the cost. */
const MIN_DEAD_SLOTS = 100;

/**
 * An empty index over sparse vectors: exact, in memory by inverted lists, so that it grows with the
 * non-zero values alone.
 */
export function openSparseIndex(options: SparseOptions): SparseIndex {
  return new InvertedIndex(options.metric, {
    generation: new SparseGeneration(),
    digest: new ContentDigest(),
  });
}

/**
 * The index that `save` wrote. Throws `DATA_LOSS` if its file is missing or damaged,
 * `FAILED_PRECONDITION` if it has another metric.
 */
export async function loadSparseIndex(
  folder: string,
  options: SparseOptions,
): Promise<SparseIndex> {
  return new InvertedIndex(options.metric, await loadSparseGeneration(folder, options.metric));
}

class InvertedIndex implements SparseIndex {
  readonly #metric: SparseMetric;
  readonly #busy = new Busy("sparse index");
  readonly #digest: ContentDigest;
  #generation: SparseGeneration;

  constructor(
    metric: SparseMetric,
    state: { readonly generation: SparseGeneration; readonly digest: ContentDigest },
  ) {
    this.#metric = metric;
    this.#generation = state.generation;
    this.#digest = state.digest;
  }

  get count(): number {
    return this.#generation.alive;
  }

  has(id: string): boolean {
    return this.#generation.slots.has(id);
  }

  async addMany(entries: readonly Entry<SparseCoordinates>[]): Promise<void> {
    await this.#busy.run("adding", async () => {
      const slices = new Slices();
      const prepared: Entry<SparseCoordinates>[] = [];
      for (const { id, vector } of entries) {
        prepared.push({
          id,
          vector: prepareSparseVector(this.#metric, vector, `the vector of document "${id}"`),
        });
        if (slices.isOver()) await this.#pause(slices);
      }
      for (const { id, vector } of prepared) {
        this.#drop(id);
        const hash = hashEntry(id, sparseVectorBytes(vector));
        this.#digest.toggle(hash);
        this.#generation.append(id, vector, hash);
        if (slices.isOver()) await this.#pause(slices);
      }
      await this.#clearDead(slices);
    });
  }

  remove(ids: readonly string[]): number {
    this.#busy.assertIdle();
    let removed = 0;
    for (const id of ids) if (this.#drop(id)) removed += 1;
    return removed;
  }

  search(vector: SparseCoordinates, limit: number): Hit[] {
    const top = new TopHits(limit);
    const query = prepareSparseVector(this.#metric, vector, "the query vector");
    this.#generation.search(query, top, this.#metric);
    return top.list();
  }

  digest(): string {
    return this.#digest.toString();
  }

  async save(folder: string): Promise<void> {
    const labels = { metric: this.#metric, digest: this.digest() };
    await this.#busy.run("saving", () => saveSparseGeneration(folder, this.#generation, labels));
  }

  close(): void {
    this.#busy.close(() => {
      this.#generation = new SparseGeneration();
    });
  }

  #drop(id: string): boolean {
    const slot = this.#generation.slots.get(id);
    if (slot === undefined) return false;
    this.#digest.toggle(this.#generation.hash(slot));
    this.#generation.remove(id);
    return true;
  }

  /**
   * When a third of the slots is dead, makes a new generation of the living vectors. Searches use
   * the old generation until the new one is complete.
   */
  async #clearDead(slices: Slices): Promise<void> {
    const old = this.#generation;
    const dead = old.size - old.alive;
    if (dead < MIN_DEAD_SLOTS || dead * 3 < old.size) return;
    const next = new SparseGeneration();
    const newSlots = new Map<number, number>();
    for (const [slot, id] of old.ids.entries()) {
      if (id !== undefined) newSlots.set(slot, next.appendSlot(id, old.hash(slot)));
      if (slices.isOver()) await this.#pause(slices);
    }
    for (const dimension of old.postings.dimensions()) {
      for (const { slot, value } of old.postings.list(dimension)) {
        const newSlot = newSlots.get(slot);
        if (newSlot !== undefined) next.addPosting(dimension, newSlot, value);
      }
      if (slices.isOver()) await this.#pause(slices);
    }
    this.#generation = next;
  }

  async #pause(slices: Slices): Promise<void> {
    await slices.next();
    this.#busy.assertOpen();
  }
}
