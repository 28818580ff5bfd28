/** A seeded stream of numbers in [0, 1): the same seed gives the same test. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A vector with coordinates in [-0.5, 0.5). */
export function randomVector(random: () => number, dimensions: number): Float32Array {
  return Float32Array.from({ length: dimensions }, () => random() - 0.5);
}

/** Vectors around `clusters` centres, as embeddings lie; call the result for the next one. */
export function clusteredVectors(
  random: () => number,
  { dimensions, clusters, spread }: { dimensions: number; clusters: number; spread: number },
): () => Float32Array {
  const centres = Array.from({ length: clusters }, () => randomVector(random, dimensions));
  return () => {
    const centre = centres[Math.floor(random() * clusters)] ?? new Float32Array(dimensions);
    return centre.map((value) => value + (random() - 0.5) * spread);
  };
}
