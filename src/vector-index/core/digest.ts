import { createHash } from "node:crypto";

/** 64 bits of a hash, as two unsigned 32-bit numbers. */
export interface EntryHash {
  readonly high: number;
  readonly low: number;
}

/** The hash of one entry: of its id and its bytes. */
export function hashEntry(id: string, bytes: Uint8Array): EntryHash {
  const hash = createHash("sha1").update(id).update("\0").update(bytes).digest();
  return { high: hash.readUInt32LE(0), low: hash.readUInt32LE(4) };
}

/**
 * The hash of a set of entries, kept up to date as they come and go. The hash is the xor of the
 * hashes of the entries, so their order does not matter.
 */
export class ContentDigest {
  #high = 0;
  #low = 0;

  /** Adds an entry that is not in the set, or removes one that is. */
  toggle(hash: EntryHash): void {
    this.#high ^= hash.high;
    this.#low ^= hash.low;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  /** The digest that `toString` printed. */
  static parse(text: string): ContentDigest {
    const digest = new ContentDigest();
    digest.toggle({
      high: Number.parseInt(text.slice(0, 8), 16),
      low: Number.parseInt(text.slice(8), 16),
    });
    return digest;
  }
}
