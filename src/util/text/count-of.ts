/**
 * `1 document`, `2 documents`: a number with its noun. `plural` is for nouns that do not end in `s`
 * then.
 */
export function countOf(number: number, noun: string, plural: string = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
