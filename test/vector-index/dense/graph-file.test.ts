import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadPackedGraph, saveGraph } from "../../../src/vector-index/dense/graph-file.ts";
import { loadInstalledHnswlib } from "../../../src/vector-index/dense/hnswlib.ts";
import { NativeGraph } from "../../../src/vector-index/dense/native-graph.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "graph-file-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const SHAPE = { space: "ip", dimensions: 64, M: 16, efConstruction: 20, ef: 10 } as const;

/** A graph that is longer than a pipe holds, so that hnswlib waits for the reader. */
function makeGraph(): NativeGraph {
  const graph = NativeGraph.create(loadInstalledHnswlib(), SHAPE);
  for (let label = 0; label < 1000; label += 1) {
    const vector = new Float32Array(64);
    vector[label % 64] = 1;
    graph.add(label, vector);
  }
  return graph;
}

test("a packed graph is written and read on a machine without named pipes", async () => {
  const path = join(folder, "vectors.graph");
  vi.stubEnv("PATH", "");
  await saveGraph(makeGraph(), path, true);
  expect(readdirSync(folder)).toEqual(["vectors.graph"]);
  const files = { path, scratch: join(folder, "scratch") };
  const loaded = await loadPackedGraph(loadInstalledHnswlib(), SHAPE, files);
  expect(loaded.size).toBe(1000);
  expect(readdirSync(folder)).toEqual(["vectors.graph"]);
});

test.each([
  { name: "cannot be opened", code: "EISDIR", block: (path: string) => mkdirSync(path) },
  {
    name: "is on a full disk",
    code: "ENOSPC",
    block: (path: string) => symlinkSync("/dev/full", path),
  },
])("hnswlib ends its work although the packed file $name", async ({ code, block }) => {
  const path = join(folder, "vectors.graph");
  const graph = makeGraph();
  const save = graph.save.bind(graph);
  let isSaving = true;
  graph.save = async (pipe) => {
    block(path);
    await save(pipe);
    isSaving = false;
  };
  await expect(saveGraph(graph, path, true)).rejects.toMatchObject({ code });
  expect({ isSaving, files: readdirSync(folder) }).toEqual({
    isSaving: false,
    files: ["vectors.graph"],
  });
});
