// node flows/wordnet/make-data.mjs [limit] > wordnet.jsonl: the definitions as JSON Lines, spread
// over the whole dictionary when limited.
import { once } from "node:events";
import { readDefinitions } from "./definitions.mjs";
import { SYNSETS } from "./questions.mjs";

const limit = Number(process.argv[2] ?? SYNSETS);
const every = Math.max(1, Math.floor(SYNSETS / limit));
for await (const document of readDefinitions({ limit, every })) {
  if (!process.stdout.write(`${JSON.stringify(document)}\n`)) await once(process.stdout, "drain");
}
