import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Executor, JflowError, type DocumentArray, type ExecutorPlace } from "../index.ts";
import { assertKnownKeys } from "./indexer/config.ts";
import { Terms, TermVectors } from "./text/term-counts.ts";
import { hashTerm } from "./text/term-hash.ts";
import { IdfTable } from "./text/idf-table.ts";

/** `uses_with` of `TfidfEncoder`. */
export interface TfidfConfig {
  /**
   * A table of document frequencies that `jflow idf` wrote, relative to the folder of the flow
   * file. Without a table, idf is 1.
   */
  readonly idf?: string;
  /** Counts each term at an index of its own, for an index with metric `bm25`. */
  readonly sparse?: boolean;
}

/** Length of the vectors. */
const DIMENSIONS = 512;
/**
 * Each term is added at so many places with a sign each: collisions of one then cancel against the
 * others (feature hashing).
 */
const PLACES = 4;

interface Term {
  readonly key: number;
  /** Indices into the vector, and +1 or -1 for each. */
  readonly places: Uint16Array;
  readonly signs: Int8Array;
}

/**
 * Turns `text` into an embedding without a model or a download: stemmed words, (1 + ln tf) x idf,
 * hashed into 512 dimensions with signs and normalised to length 1. It depends on the text and the
 * table alone, so every replica gives the same embedding. A text that has no words gives the zero
 * vector. A document without text is not changed.
 */
export class TfidfEncoder extends Executor<TfidfConfig> {
  static override readonly requests = { "/default": "encode" };

  readonly #isSparse: boolean;
  readonly #idf: IdfTable | undefined;
  readonly #terms = new Terms(makeTerm);
  readonly #termVectors = new TermVectors();

  /** Throws `INVALID_ARGUMENT` for a table that is missing or malformed. */
  constructor(config: TfidfConfig, place: ExecutorPlace) {
    super(config, place);
    assertKnownKeys("TfidfEncoder", { ...config }, ["idf", "sparse"]);
    this.#isSparse = readSparse(config);
    this.#idf =
      config.idf === undefined
        ? undefined
        : IdfTable.parse(readFileSync(resolve(config.idf), "utf8"), config.idf);
  }

  encode(docs: DocumentArray): void {
    const wordless: string[] = [];
    for (const doc of docs) {
      if (doc.text === "") continue;
      if (this.#isSparse) doc.sparseEmbedding = this.#termVectors.vectorOf(doc.text);
      else doc.embedding = this.#embed(doc.text);
      const values = doc.sparseEmbedding?.values ?? doc.embedding ?? [];
      if (values.every((value) => value === 0)) wordless.push(doc.id);
    }
    if (wordless.length > 0)
      this.log.warn(`searches cannot rank texts without words: ${listIds(wordless)}`);
  }

  #embed(text: string): Float32Array {
    const sums = new Float64Array(DIMENSIONS);
    const counts = new Map<Term, number>();
    for (const term of this.#terms.list(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) {
      const weight = (1 + Math.log(count)) * (this.#idf?.idf(term.key) ?? 1);
      term.places.forEach((place, i) => (sums[place] = sums[place]! + weight * term.signs[i]!));
    }
    return normalise(sums);
  }
}

function readSparse({ sparse = false, idf }: TfidfConfig): boolean {
  if (typeof sparse !== "boolean")
    throw new JflowError(
      "INVALID_ARGUMENT",
      `sparse is ${JSON.stringify(sparse)}: it must be true or false`,
    );
  if (sparse && idf !== undefined)
    throw new JflowError(
      "INVALID_ARGUMENT",
      "idf and sparse exclude each other: an index with metric bm25 counts the terms of its documents",
    );
  return sparse;
}

function listIds(ids: readonly string[]): string {
  const more = ids.length > 5 ? ` and ${ids.length - 5} more` : "";
  return ids.slice(0, 5).join(", ") + more;
}

function makeTerm(stem: string): Term {
  const places = new Uint16Array(PLACES);
  const signs = new Int8Array(PLACES);
  for (let i = 0; i < PLACES; i += 1) {
    const hash = hashTerm(stem, i + 1);
    places[i] = hash % DIMENSIONS;
    signs[i] = hash & 0x8000_0000 ? -1 : 1;
  }
  return { key: hashTerm(stem, 0), places, signs };
}

function normalise(sums: Float64Array): Float32Array {
  let square = 0;
  for (const value of sums) square += value * value;
  const length = Math.sqrt(square);
  return length === 0
    ? new Float32Array(DIMENSIONS)
    : Float32Array.from(sums, (value) => value / length);
}
