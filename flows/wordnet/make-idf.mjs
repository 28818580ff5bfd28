// node flows/wordnet/make-idf.mjs > flows/wordnet/idf.json: in how many definitions each stem
// stands, by hashed stem. Needs `npm run build`.
import { stemmer } from "stemmer";
import { formatIdfTable } from "../../dist/executors/idf-table.js";
import { hashTerm } from "../../dist/executors/term-hash.js";
import { readDefinitions } from "./definitions.mjs";

const BUCKETS = 32_768;
const frequencies = Array.from({ length: BUCKETS }, () => 0);
let documents = 0;
for await (const { text } of readDefinitions()) {
  documents += 1;
  const stems = new Set(
    Array.from(text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu), ([word]) => stemmer(word)),
  );
  for (const bucket of new Set(Array.from(stems, (stem) => hashTerm(stem, 0) % BUCKETS)))
    frequencies[bucket] += 1;
}
process.stdout.write(formatIdfTable(documents, frequencies));
