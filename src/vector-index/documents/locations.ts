import type { EntryHash } from "../core/digest.ts";

/** The position of the record of a document, and the hash of its content. */
export interface Location {
  /** Number of the segment. */
  readonly segment: number;
  /** The offset and the length of the record in its segment, in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly hash: EntryHash;
}

const COLUMNS = 5;
const FIRST_ROWS = 1024;

/**
 * Locations by id, in the order in which the ids first came: five numbers a document in one array,
 * and a map of ids.
 */
export class Locations {
  readonly #rows: Map<string, number> = new Map();
  readonly #freeRows: number[] = [];
  #cells: Uint32Array = new Uint32Array(FIRST_ROWS * COLUMNS);

  get size(): number {
    return this.#rows.size;
  }

  ids(): IterableIterator<string> {
    return this.#rows.keys();
  }

  get(id: string): Location | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    const at = row * COLUMNS;
    const cells = this.#cells;
    return {
      segment: cells[at]!,
      offset: cells[at + 1]!,
      length: cells[at + 2]!,
      hash: { high: cells[at + 3]!, low: cells[at + 4]! },
    };
  }

  /** Adds or replaces a location. A replaced location keeps its place in the order. */
  set(id: string, { segment, offset, length, hash }: Location): void {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = this.#freeRows.pop() ?? this.#rows.size;
      this.#rows.set(id, row);
    }
    if ((row + 1) * COLUMNS > this.#cells.length) this.#grow();
    this.#cells.set([segment, offset, length, hash.high, hash.low], row * COLUMNS);
  }

  /** Removes an id, which must exist. */
  delete(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    this.#freeRows.push(row);
  }

  #grow(): void {
    const larger = new Uint32Array(this.#cells.length * 2);
    larger.set(this.#cells);
    this.#cells = larger;
  }
}
