import { stemmer } from "stemmer";
import { Executor, type DocumentArray } from "jflow";

/** Turns `text` into a vector that counts the stems of its words. */
export class StemEncoder extends Executor<{ dimensions?: number }> {
  static override readonly requests = { "/index": "encode", "/search": "encode" };

  encode(docs: DocumentArray): void {
    for (const doc of docs) doc.embedding = this.#count(doc.text);
  }

  #count(text: string): Float32Array {
    const counts = new Float32Array(this.config.dimensions ?? 64);
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
      counts[bucketOf(stemmer(word), counts.length)]! += 1;
    }
    return counts;
  }
}

/** Equal stems have equal buckets. */
function bucketOf(stem: string, buckets: number): number {
  let hash = 7;
  for (let at = 0; at < stem.length; at += 1) hash = (hash * 31 + stem.charCodeAt(at)) % 65_521;
  return hash % buckets;
}
