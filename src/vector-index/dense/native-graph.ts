import { JflowError } from "../../util/errors.ts";
import type { Hnswlib, HnswlibGraph, Neighbors } from "./hnswlib.ts";

/** The parameters of a graph. */
export interface GraphShape {
  readonly space: "ip" | "l2";
  readonly dimensions: number;
  readonly M: number;
  readonly efConstruction: number;
}

/** One fixed seed, so that the same insertions give the same graph on every copy. */
const SEED = 100;
const FIRST_CAPACITY = 1024;
const LABELS = 2 ** 32;

/**
 * One hnswlib graph over slot numbers, behind the checks that hnswlib-node leaves to its caller: it
 * cuts labels to 32 bits, has a fixed capacity, throws if more neighbours are asked for than it has
 * room for, and crashes if an object is used again after a failed load.
 */
export class NativeGraph {
  readonly #native: HnswlibGraph;
  readonly #shape: GraphShape;
  /** The vector of the call that runs: hnswlib-node takes plain arrays. */
  readonly #numbers: number[];
  #capacity: number;

  private constructor(native: HnswlibGraph, shape: GraphShape, capacity: number) {
    this.#native = native;
    this.#shape = shape;
    this.#numbers = Array.from({ length: shape.dimensions }, () => 0);
    this.#capacity = capacity;
  }

  /** An empty graph. */
  static create(hnswlib: Hnswlib, shape: GraphShape): NativeGraph {
    const native = new hnswlib.HierarchicalNSW(shape.space, shape.dimensions);
    native.initIndex(FIRST_CAPACITY, shape.M, shape.efConstruction, SEED);
    return new NativeGraph(native, shape, FIRST_CAPACITY);
  }

  /**
   * The graph that `save` wrote. The caller must check the file first, because hnswlib accepts
   * damaged files or crashes. Throws `DATA_LOSS`.
   */
  static async load(hnswlib: Hnswlib, shape: GraphShape, file: string): Promise<NativeGraph> {
    const native = new hnswlib.HierarchicalNSW(shape.space, shape.dimensions);
    try {
      await native.readIndex(file);
    } catch (cause) {
      throw new JflowError("DATA_LOSS", `hnswlib cannot read ${file}`, { cause });
    }
    return new NativeGraph(native, shape, native.getMaxElements());
  }

  /** Vectors inserted so far, dead ones included. */
  get size(): number {
    return this.#native.getCurrentCount();
  }

  /** Inserts a prepared, finite vector under a label not used before. */
  add(label: number, vector: Float32Array): void {
    if (label >= LABELS)
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        "a shard holds at most 2^32 vectors: use more shards",
      );
    if (this.size >= this.#capacity) {
      this.#native.resizeIndex(this.#capacity * 2);
      this.#capacity *= 2;
    }
    this.#native.addPoint(this.#toNumbers(vector), label);
  }

  /** Removes the label from all later results. Called once for each label. */
  markDead(label: number): void {
    this.#native.markDelete(label);
  }

  /**
   * Labels near the query with their distances, nearest first, at most `count`, found by a search
   * of that width.
   */
  nearest(query: Float32Array, count: number): Neighbors {
    return this.#native.searchKnn(this.#toNumbers(query), Math.min(count, this.#capacity));
  }

  /**
   * Writes the native file, in another thread: the graph must be neither changed nor released
   * meanwhile.
   */
  async save(file: string): Promise<void> {
    await this.#native.writeIndex(file);
  }

  /**
   * Releases the memory immediately. The garbage collector sees only a small object, and may be
   * late. No method may be called afterwards.
   */
  release(): void {
    this.#native.initIndex(1, this.#shape.M, 1, SEED);
  }

  /** Copies the vector into the one array of all calls, ten times as fast as `Array.from`. */
  #toNumbers(vector: Float32Array): number[] {
    const numbers = this.#numbers;
    for (let at = 0; at < numbers.length; at += 1) numbers[at] = vector[at]!;
    return numbers;
  }
}
