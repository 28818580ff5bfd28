/**
 * A 32-bit hash of a term: FNV-1a over its UTF-16 units, started from `seed`, with the final mix of
 * MurmurHash3, without which near seeds give near hashes. Unsigned.
 */
export function hashTerm(term: string, seed: number): number {
  let hash = Math.imul(0x811c_9dc5 ^ seed, 0x9e37_79b1);
  for (let i = 0; i < term.length; i += 1) {
    hash ^= term.charCodeAt(i);
    hash = Math.imul(hash, 0x0100_0193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85eb_ca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
