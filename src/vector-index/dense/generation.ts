import { distanceFunction, roundingOf, type DistanceFunction } from "../core/distance.ts";
import type { Metric } from "../core/similarity-index.ts";
import type { TopHits } from "../core/top-hits.ts";
import type { NativeGraph } from "./native-graph.ts";
import { VectorBlocks } from "./vector-blocks.ts";

/**
 * Vectors in the order in which they came, each in a slot of its own that is never used again; a
 * removed or replaced one leaves a dead slot. The first `graphed` slots are in the graph (if they
 * lived when their turn came), the rest is scanned. When too many are dead, a new generation is
 * made of the living.
 */
export class Generation {
  readonly vectors: VectorBlocks;
  /** The id in each slot; undefined if it is dead. */
  readonly ids: (string | undefined)[] = [];
  readonly slots: Map<string, number> = new Map();
  readonly #metric: Metric;
  readonly #distance: DistanceFunction;
  #graph: NativeGraph | undefined;
  #graphed = 0;
  /** Living slots in the graph. */
  #graphedAlive = 0;

  constructor(dimensions: number, metric: Metric) {
    this.vectors = new VectorBlocks(dimensions);
    this.#metric = metric;
    this.#distance = distanceFunction(metric);
  }

  /** Slots used, dead ones included. */
  get size(): number {
    return this.ids.length;
  }

  get alive(): number {
    return this.slots.size;
  }

  get graph(): NativeGraph | undefined {
    return this.#graph;
  }

  get graphed(): number {
    return this.#graphed;
  }

  /** Returns whether slots wait for their turn to enter the graph. */
  get hasTail(): boolean {
    return this.#graph !== undefined && this.#graphed < this.size;
  }

  /** Uses `graph` from now on. The first `graphed` slots are already in the graph. */
  attachGraph(graph: NativeGraph, graphed = 0): void {
    this.#graph = graph;
    this.#graphed = graphed;
    this.#graphedAlive = this.ids.slice(0, graphed).filter((id) => id !== undefined).length;
  }

  /** Puts a prepared vector into a new slot. The id must not be in use. */
  append(id: string, vector: Float32Array): void {
    const slot = this.size;
    this.vectors.set(slot, vector);
    this.ids.push(id);
    this.slots.set(id, slot);
  }

  /** Puts an id into a new slot whose vector is there already, or a dead slot: for loading. */
  appendLoaded(id: string | undefined): void {
    if (id !== undefined) this.slots.set(id, this.size);
    this.ids.push(id);
  }

  /** Marks the slot of `id` as dead. Returns false when the id is unknown. */
  remove(id: string): boolean {
    const slot = this.slots.get(id);
    if (slot === undefined) return false;
    this.slots.delete(id);
    this.ids[slot] = undefined;
    if (slot < this.#graphed) {
      this.#graph?.markDead(slot);
      this.#graphedAlive -= 1;
    }
    return true;
  }

  /** Adds the next slot of the tail to the graph. */
  growGraph(): void {
    const slot = this.#graphed;
    if (this.#graph !== undefined && this.ids[slot] !== undefined) {
      this.#graph.add(slot, this.vectors.view(slot));
      this.#graphedAlive += 1;
    }
    this.#graphed += 1;
  }

  /** Offers every living vector. */
  scan(query: Float32Array, top: TopHits, from = 0): void {
    const { ids, vectors } = this;
    const { dimensions, perBlock } = vectors;
    for (let start = from; start < ids.length; start += perBlock - (start % perBlock)) {
      const block = vectors.block(start);
      const end = Math.min(ids.length, start + perBlock - (start % perBlock));
      for (
        let slot = start, offset = vectors.offset(start);
        slot < end;
        slot += 1, offset += dimensions
      ) {
        const id = ids[slot];
        if (id === undefined) continue;
        const distance = this.#distance(query, block, offset);
        if (distance <= top.bound) top.offer(id, distance);
      }
    }
  }

  /**
   * Offers what the graph finds with a search of that width, and all of the tail. Their distances
   * are computed here, by the function that scans use, so that an entry's distance does not depend
   * on how it was found. What cannot be among the best by the graph's own, rounded distances is
   * left out. False if the graph found fewer living vectors than it should have: then only a scan
   * is right.
   */
  searchGraph(query: Float32Array, top: TopHits, width: number): boolean {
    if (this.#graph === undefined) return false;
    const { neighbors, distances } = this.#graph.nearest(query, width);
    if (neighbors.length < Math.min(width, this.#graphedAlive)) return false;
    const last = distances[top.limit - 1] ?? Number.POSITIVE_INFINITY;
    const bound = last + roundingOf(this.#metric, query.length, last);
    for (let rank = 0; rank < neighbors.length && distances[rank]! <= bound; rank += 1) {
      const slot = neighbors[rank]!;
      const id = this.ids[slot];
      if (id !== undefined)
        top.offer(id, this.#distance(query, this.vectors.block(slot), this.vectors.offset(slot)));
    }
    this.scan(query, top, this.#graphed);
    return true;
  }

  /** Releases the memory of the graph. */
  release(): void {
    this.#graph?.release();
  }
}
