import { stemmer } from "stemmer";
import type { SparseVector } from "../../index.ts";
import { MAX_SPARSE_DIMENSIONS } from "../../vector-index/vector-index.ts";
import { wordsOf } from "./document-frequencies.ts";
import { hashTerm } from "./term-hash.ts";

/** Stems are looked up far more often than they are new. */
const MAX_CACHED_TERMS = 100_000;

/** Finds the terms of texts. A term is made of the stem of a word. */
export class Terms<Term> {
  readonly #make: (stem: string) => Term;
  readonly #known = new Map<string, Term>();

  constructor(make: (stem: string) => Term) {
    this.#make = make;
  }

  /** Returns the term of each word, in the order of the text. */
  list(text: string): readonly Term[] {
    return wordsOf(text).map((word) => this.#termOf(word));
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
  readonly #terms = new Terms((stem) => hashTerm(stem, 0) % MAX_SPARSE_DIMENSIONS);

  vectorOf(text: string): SparseVector {
    // Sorting numbers is several times faster than counting them in a map.
    const sorted = Uint32Array.from(this.#terms.list(text)).toSorted();
    const indices = sorted.filter((index, at) => index !== sorted[at - 1]);
    const values = new Float32Array(indices.length);
    let at = -1;
    sorted.forEach((index) => {
      if (index !== indices[at]) at += 1;
      values[at]! += 1;
    });
    return { dimensions: MAX_SPARSE_DIMENSIONS, indices, values };
  }
}
