import { distance } from "fastest-levenshtein";

/**
 * Returns the candidate closest to `word`, within a third of its letters and at least two letters.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    if (Math.abs(known.length - wanted.length) >= bestDistance) continue;
    const letters = distance(wanted, known);
    if (letters < bestDistance && letters < known.length)
      [best, bestDistance] = [candidate, letters];
  }
  return best;
}

/** Returns `did you mean "shards"?`, or `undefined` if no candidate is close. */
export function suggestHint(word: string, candidates: Iterable<string>): string | undefined {
  const meant = suggest(word, candidates);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}
