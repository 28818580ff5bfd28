import { stemmer } from "stemmer";
import type { SparseVector } from "../../index.ts";
import { MAX_SPARSE_DIMENSIONS } from "../../vector-index/vector-index.ts";
import { wordsOf } from "./document-frequencies.ts";
import { hashTerm } from "./term-hash.ts";

/** Stems are looked up far more often than they are new. */
const MAX_CACHED_TERMS = 100_000;

/** Counts the terms of texts. A term is the stem of a word, made to `Term` once. */
export class TermCounter<Term> {
  readonly #make: (stem: string) => Term;
  readonly #known = new Map<string, Term>();

  constructor(make: (stem: string) => Term) {
    this.#make = make;
  }

  /** Returns the terms of a text and how often each occurs. */
  count(text: string): Map<Term, number> {
    const counts = new Map<Term, number>();
    for (const word of wordsOf(text)) {
      const term = this.#termOf(word);
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    return counts;
  }

  #termOf(word: string): Term {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_CACHED_TERMS) this.#known.clear();
    const term = this.#make(stemmer(word));
    this.#known.set(word, term);
    return term;
  }
}

/** Makes a sparse vector of a text: each term is counted at the index of its hash. */
export class TermVectors {
  readonly #terms = new TermCounter((stem) => hashTerm(stem, 0) % MAX_SPARSE_DIMENSIONS);

  vectorOf(text: string): SparseVector {
    const cells = [...this.#terms.count(text)].toSorted(([a], [b]) => a - b);
    return {
      dimensions: MAX_SPARSE_DIMENSIONS,
      indices: Uint32Array.from(cells, ([index]) => index),
      values: Float32Array.from(cells, ([, count]) => count),
    };
  }
}
