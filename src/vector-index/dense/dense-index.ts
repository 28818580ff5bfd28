import { JflowError } from "../../util/errors.ts";
import { Busy } from "../core/busy.ts";
import { ContentDigest, hashEntry } from "../core/digest.ts";
import { assertFinite, prepareVector } from "../core/distance.ts";
import type { Entry, Hit, VectorIndex } from "../core/similarity-index.ts";
import { Slices } from "../core/slices.ts";
import { TopHits } from "../core/top-hits.ts";
import { saveGeneration } from "./dense-files.ts";
import type { DenseOptions } from "./dense-options.ts";
import { Generation } from "./generation.ts";
import { NativeGraph } from "./native-graph.ts";

/**
 * Upkeep (vectors entering the graph, vectors moved to a new generation) is paid for by additions:
 * so many steps for each vector added. So it depends on no clock, no single request pays for all,
 * and the tail that searches scan shrinks by three for each one added.
 */
const UPKEEP_STEPS_PER_ADDITION = 4;
/** A search that is wider than this part of the index is a scan. */
const SCAN_PART = 8;
/** With fewer dead slots than this, a new generation is not worth the cost. */
const MIN_DEAD_SLOTS = 100;

/** `VectorIndex` in memory: an exact scan while it is small, then a graph of hnswlib. */
export class DenseIndex implements VectorIndex {
  readonly #settings: DenseOptions;
  readonly #busy = new Busy("vector index");
  readonly #digest: ContentDigest;
  #current: Generation;
  /**
   * The next generation, made of the living vectors, and the number of slots of the current one
   * that are already copied.
   */
  #next: { readonly generation: Generation; seen: number } | undefined;

  constructor(
    settings: DenseOptions,
    loaded?: { readonly generation: Generation; readonly digest: ContentDigest },
  ) {
    this.#settings = settings;
    this.#current = loaded?.generation ?? this.#makeGeneration(false);
    this.#digest = loaded?.digest ?? new ContentDigest();
  }

  get dimensions(): number {
    return this.#settings.dimensions;
  }

  get count(): number {
    return this.#current.alive;
  }

  has(id: string): boolean {
    return this.#current.slots.has(id);
  }

  async addMany(entries: readonly Entry<Float32Array>[]): Promise<void> {
    await this.#busy.run("adding", async () => {
      const slices = new Slices();
      for (const { id, vector } of entries) {
        this.#assertUsable(vector, `the vector of document "${id}"`);
        if (slices.isOver()) await this.#pause(slices);
      }
      for (const { id, vector } of entries) {
        this.#put(id, vector);
        if (slices.isOver()) await this.#pause(slices);
      }
      await this.#keepUp(entries.length * UPKEEP_STEPS_PER_ADDITION, slices);
    });
  }

  remove(ids: readonly string[]): number {
    this.#busy.assertIdle();
    let removed = 0;
    for (const id of ids) if (this.#drop(id)) removed += 1;
    return removed;
  }

  search(vector: Float32Array, limit: number, ef: number = this.#settings.ef): Hit[] {
    this.#assertUsable(vector, "the query vector");
    const query = prepareVector(this.#settings.metric, vector);
    const top = new TopHits(limit);
    const width = Math.max(limit, ef);
    // If most of the graph has to be visited, the graph is slower than a scan, and less exact.
    if (
      this.#current.alive > this.#settings.exactLimit &&
      width * SCAN_PART < this.#current.alive
    ) {
      if (this.#current.searchGraph(query, top, width)) return top.list();
    }
    this.#current.scan(query, top);
    return top.list();
  }

  digest(): string {
    return this.#digest.toString();
  }

  async save(folder: string): Promise<void> {
    await this.#busy.run("saving", async () => {
      const { metric } = this.#settings;
      await saveGeneration(folder, this.#current, { metric, digest: this.digest() });
    });
  }

  close(): void {
    this.#busy.close(() => {
      this.#current.release();
      this.#next?.generation.release();
    });
  }

  #assertUsable(vector: Float32Array, what: string): void {
    const { dimensions } = this.#settings;
    if (vector.length !== dimensions) {
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${what} has ${vector.length} dimensions, the index has ${dimensions}`,
      );
    }
    assertFinite(vector, what);
  }

  #put(id: string, vector: Float32Array): void {
    this.#drop(id);
    this.#current.append(id, prepareVector(this.#settings.metric, vector));
    this.#toggle(id);
  }

  #drop(id: string): boolean {
    if (!this.has(id)) return false;
    this.#toggle(id);
    this.#next?.generation.remove(id);
    return this.#current.remove(id);
  }

  #toggle(id: string): void {
    const view = this.#current.vectors.view(this.#current.slots.get(id)!);
    this.#digest.toggle(
      hashEntry(id, new Uint8Array(view.buffer, view.byteOffset, view.byteLength)),
    );
  }

  /** Does at most `steps` steps of what is due. */
  async #keepUp(steps: number, slices: Slices): Promise<void> {
    if (this.#current.graph === undefined) this.#attachGraph(this.#current);
    await this.#growGraph(this.#current, steps, slices);
    const { size, alive } = this.#current;
    const dead = size - alive;
    if (this.#next === undefined && dead >= MIN_DEAD_SLOTS && dead * 3 >= size) {
      this.#next = { generation: this.#makeGeneration(alive > this.#settings.exactLimit), seen: 0 };
    }
    await this.#moveOn(steps, slices);
  }

  async #growGraph(generation: Generation, steps: number, slices: Slices): Promise<void> {
    for (let step = 0; step < steps && generation.hasTail; step += 1) {
      generation.growGraph();
      if (slices.isOver()) await this.#pause(slices);
    }
  }

  /** Moves up to `steps` slots to the next generation and, once it holds all, goes over to it. */
  async #moveOn(steps: number, slices: Slices): Promise<void> {
    const next = this.#next;
    if (next === undefined) return;
    const old = this.#current;
    for (let step = 0; step < steps && next.seen < old.size; step += 1) {
      const id = old.ids[next.seen];
      if (id !== undefined) next.generation.append(id, old.vectors.view(next.seen));
      next.seen += 1;
      if (next.generation.hasTail) next.generation.growGraph();
      if (slices.isOver()) await this.#pause(slices);
    }
    if (next.seen < old.size) return;
    this.#current = next.generation;
    this.#next = undefined;
    old.release();
  }

  async #pause(slices: Slices): Promise<void> {
    await slices.next();
    this.#busy.assertOpen();
  }

  #makeGeneration(withGraph: boolean): Generation {
    const { dimensions, metric } = this.#settings;
    const generation = new Generation(dimensions, metric);
    if (withGraph) this.#attachGraph(generation, this.#current.alive);
    return generation;
  }

  /** Gives the generation an empty graph if it is to have one, being of that size. */
  #attachGraph(generation: Generation, alive = generation.alive): void {
    const { hnswlib, exactLimit } = this.#settings;
    if (hnswlib !== undefined && alive > exactLimit)
      generation.attachGraph(NativeGraph.create(hnswlib, this.#settings));
  }
}
