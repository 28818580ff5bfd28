// node test/bench/wordnet.mjs [documents] [queries]: all 117,791 definitions of WordNet over 2
// shards x 2 replicas: documents/s, queries/s, and the share of definitions that find themselves
// among the first ten. Needs `npm run build`.
import { readDefinitions } from "../../flows/wordnet/definitions.mjs";
import { Client } from "../../dist/client/client.js";
import { withFlow } from "./flow.mjs";

const SYNSETS = 117_791;
const DOCUMENTS = Number(process.argv[2] ?? SYNSETS);
const QUERIES = Number(process.argv[3] ?? 5000);

async function collect(options) {
  const all = [];
  for await (const { id, text, ...tags } of readDefinitions(options)) all.push({ id, text, tags });
  return all;
}

async function run(flow, port) {
  const client = new Client({ port });
  const documents = await collect({
    limit: DOCUMENTS,
    every: Math.max(1, Math.floor(SYNSETS / DOCUMENTS)),
  });

  let began = performance.now();
  let indexed = 0;
  for await (const _ of client.post("/index", { inputs: documents, resultsInOrder: false }))
    indexed += 1;
  let seconds = (performance.now() - began) / 1000;
  console.log(
    `indexed ${indexed} documents in ${seconds.toFixed(1)} s: ${(indexed / seconds).toFixed(0)} documents/s`,
  );

  const step = Math.max(1, Math.floor(documents.length / QUERIES));
  const queries = documents.filter((_, i) => i % step === 0).slice(0, QUERIES);
  began = performance.now();
  let found = 0;
  const inputs = queries.map(({ id, text }) => ({ id, text }));
  for await (const { id, matches } of client.post("/search", {
    inputs,
    requestSize: 1,
    concurrency: 64,
    parameters: { limit: 10 },
    resultsInOrder: false,
  })) {
    if (matches.some((match) => match.id === id)) found += 1;
  }
  seconds = (performance.now() - began) / 1000;
  console.log(
    `searched ${queries.length} times in ${seconds.toFixed(1)} s: ${(queries.length / seconds).toFixed(0)} queries/s`,
  );
  console.log(
    `${((100 * found) / queries.length).toFixed(2)} % of the definitions find themselves among the first ten`,
  );
  client.close();
  console.log(await flow.jflow("verify"));
}

await withFlow("wordnet", { GRPC_PORT: "0", HTTP_PORT: "0" }, run);
