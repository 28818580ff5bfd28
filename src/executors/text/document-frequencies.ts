import { stemmer } from "stemmer";
import { formatIdfTable } from "./idf-table.ts";
import { hashTerm } from "./term-hash.ts";

const WORD = /[\p{L}\p{N}]+/gu;
/** The length of a table. Terms with the same hash modulo this are counted as one. */
const BUCKETS = 32_768;

/** Returns the words of a text in their order, in lower case. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** Counts in how many texts each term stands, for the table that `TfidfEncoder` reads. */
export class DocumentFrequencies {
  readonly #frequencies = Array.from({ length: BUCKETS }, () => 0);
  #documents = 0;

  /** The number of texts. */
  get documents(): number {
    return this.#documents;
  }

  add(text: string): void {
    this.#documents += 1;
    const stems = new Set(wordsOf(text).map(stemmer));
    for (const bucket of new Set(Array.from(stems, (stem) => hashTerm(stem, 0) % BUCKETS)))
      this.#frequencies[bucket] = this.#frequencies[bucket]! + 1;
  }

  /** Returns the text of the table. */
  format(): string {
    return formatIdfTable(this.#documents, this.#frequencies);
  }
}
