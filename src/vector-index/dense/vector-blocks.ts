/** About how many numbers a block holds: 1 MB of float32. */
const BLOCK_VALUES = 262_144;

/** Vectors of one size by slot number, in blocks that are never moved: growing copies nothing. */
export class VectorBlocks {
  readonly dimensions: number;
  /** Vectors per block. */
  readonly perBlock: number;
  readonly #blocks: Float32Array[] = [];

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.perBlock = Math.max(1, Math.floor(BLOCK_VALUES / dimensions));
  }

  /** The block that holds `slot`; made if it is the next one. */
  block(slot: number): Float32Array {
    const number = Math.floor(slot / this.perBlock);
    if (number === this.#blocks.length)
      this.#blocks.push(new Float32Array(this.perBlock * this.dimensions));
    return this.#blocks[number]!;
  }

  /** Returns the offset of the vector of `slot` in its block. */
  offset(slot: number): number {
    return (slot % this.perBlock) * this.dimensions;
  }

  /** Stores a vector. */
  set(slot: number, vector: Float32Array): void {
    this.block(slot).set(vector, this.offset(slot));
  }

  /** The vector of `slot`, not a copy. */
  view(slot: number): Float32Array {
    const offset = this.offset(slot);
    return this.block(slot).subarray(offset, offset + this.dimensions);
  }

  /** The first `slots` vectors as bytes, a block at a time. */
  *bytes(slots: number): Generator<Uint8Array> {
    for (let from = 0; from < slots; from += this.perBlock) {
      const values = Math.min(this.perBlock, slots - from) * this.dimensions;
      yield new Uint8Array(this.block(from).buffer, 0, values * 4);
    }
  }
}
