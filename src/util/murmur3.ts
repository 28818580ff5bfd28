const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, C1), 15), C2);
}

/**
 * Returns MurmurHash3 x86_32 with seed 0 over the UTF-16LE bytes of `text`, as a signed 32-bit
 * number: the routing hash of Elasticsearch (its `Murmur3HashFunction`). A JavaScript string is
 * already UTF-16, so two code units make one block and no byte is copied.
 */
export function murmur3(text: string): number {
  const even = text.length & ~1;
  let hash = 0;
  for (let i = 0; i < even; i += 2) {
    hash ^= scramble(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0;
  }
  if (even < text.length) hash ^= scramble(text.charCodeAt(even));
  hash ^= text.length * 2;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
