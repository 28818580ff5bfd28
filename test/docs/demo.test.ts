import { expect, test } from "vitest";
// @ts-expect-error The demo is plain JavaScript.
import * as definitions from "../../flows/wordnet/definitions.mjs";
// @ts-expect-error The demo is plain JavaScript.
import * as questions from "../../flows/wordnet/questions.mjs";

interface Definition {
  readonly words: readonly string[];
}

test("the demo loads the answer to each of its questions", async () => {
  const { readDefinitions } = definitions as {
    readDefinitions: (part: object) => AsyncIterable<Definition>;
  };
  const { DEMO_PART, QUESTIONS } = questions as {
    DEMO_PART: object;
    QUESTIONS: readonly { readonly word: string }[];
  };
  const loaded = new Set<string>();
  for await (const { words } of readDefinitions(DEMO_PART))
    for (const word of words) loaded.add(word);
  expect(QUESTIONS.length).toBeGreaterThan(0);
  expect(QUESTIONS.filter(({ word }) => !loaded.has(word))).toEqual([]);
});
