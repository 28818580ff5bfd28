/**
 * What a graph costs and gains against a scan, by size: the grounds for the limit up to which
 * searches scan. Figures are taken side by side in one run; trust the ratios. From the root: npx
 * esbuild test/bench/vector-index.ts --bundle --platform=node --format=esm --packages=external |
 * node --input-type=module - [dimensions]
 */
import {
  type Entry,
  openVectorIndex,
  type VectorIndex,
} from "../../src/vector-index/vector-index.ts";
import { recall } from "../vector-index/naive-search.ts";
import { clusteredVectors, seededRandom } from "../vector-index/random-vectors.ts";

const SIZES = [1000, 2000, 5000, 10_000, 20_000, 40_000];
const QUERIES = 200;
const BATCH = 100;
const dimensions = Number(process.argv[2] ?? 128);

/** Milliseconds of this process's own CPU that `job` took. */
async function measureMs(job: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await job();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function addAll(index: VectorIndex, entries: readonly Entry<Float32Array>[]): Promise<void> {
  for (let from = 0; from < entries.length; from += BATCH)
    await index.addMany(entries.slice(from, from + BATCH));
}

async function compare(size: number): Promise<Record<string, number>> {
  const next = clusteredVectors(seededRandom(size), { dimensions, clusters: 500, spread: 0.8 });
  const entries = Array.from({ length: size }, (_, i) => ({ id: `d${i}`, vector: next() }));
  const queries = Array.from({ length: QUERIES }, next);
  const scan = openVectorIndex({ metric: "cosine", dimensions, backend: "exact" });
  const graph = openVectorIndex({ metric: "cosine", dimensions, exactLimit: 0 });
  const scanBuildMs = await measureMs(() => addAll(scan, entries));
  const graphBuildMs = await measureMs(() => addAll(graph, entries));
  for (const index of [scan, graph])
    for (const query of queries.slice(0, 50)) index.search(query, 10);
  const scanMs = await measureMs(() => queries.map((query) => scan.search(query, 10)));
  const graphMs = await measureMs(() => queries.map((query) => graph.search(query, 10)));
  const found =
    queries.reduce(
      (sum, query) => sum + recall(graph.search(query, 10), scan.search(query, 10)),
      0,
    ) / QUERIES;
  graph.close();
  scan.close();
  return {
    "scan ms/query": round(scanMs / QUERIES),
    "graph ms/query": round(graphMs / QUERIES),
    "scan / graph": round(scanMs / graphMs),
    "recall@10": round(found),
    "scan adds/s": Math.round((size / scanBuildMs) * 1000),
    "graph adds/s": Math.round((size / graphBuildMs) * 1000),
    "queries that repay the graph": Math.round(graphBuildMs / ((scanMs - graphMs) / QUERIES)),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

const table: Record<string, Record<string, number>> = {};
for (const size of SIZES) table[size] = await compare(size);
console.log(`${dimensions} dimensions, CPU time`);
console.table(table);
