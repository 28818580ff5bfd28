// What the demo asks, and the word that answers it. The demo loads the definition of each word.
export const DOCUMENTS = 10_000;
/** All synsets of WordNet 3.1. */
export const SYNSETS = 117_791;
/** The part of the dictionary that the demo loads: each n-th definition. */
export const DEMO_PART = { limit: DOCUMENTS, every: Math.floor(SYNSETS / DOCUMENTS) };
export const QUESTIONS = [
  { text: "a large instrument with strings that a seated person plays", word: "cello" },
  { text: "somebody who looks after babies while the parents work", word: "babyminder" },
  { text: "a knife to carve meat", word: "carving knife" },
];
