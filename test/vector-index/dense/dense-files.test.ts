import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadVectorIndex, openVectorIndex } from "../../../src/vector-index/vector-index.ts";
import { randomVector, seededRandom } from "../random-vectors.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-files-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("refuses every damaged file before hnswlib sees it: no crash, no wrong answer", async () => {
  const program = join(folder, "load-damaged.mjs");
  const entry = join(import.meta.dirname, "load-damaged.ts");
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const modules = join(import.meta.dirname, "../../../node_modules");
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder], {
    env: { ...process.env, NODE_PATH: modules },
  });
  // One sound load, and for each of two files 60 flips, 20 cuts and 4 others. The one sound file
  // beside them is another index's own.
  expect(JSON.parse(stdout)).toEqual({ loaded: 1, DATA_LOSS: 2 * 84 });
});

test("refuses sound files of another metric or other dimensions, and says what they hold", async () => {
  const index = openVectorIndex({ metric: "l2", dimensions: 3 });
  await index.addMany([{ id: "a", vector: Float32Array.of(1, 2, 3) }]);
  await index.save(folder);
  await expect(loadVectorIndex(folder, { metric: "cosine" })).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining("metric l2, not cosine") as string,
  });
  await expect(loadVectorIndex(folder, { metric: "l2", dimensions: 4 })).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining("dimensions 3, not 4") as string,
  });
  expect((await loadVectorIndex(folder, { metric: "l2", dimensions: 3 })).count).toBe(1);
});

test("loads with or without hnswlib what was saved with or without it", async () => {
  const random = seededRandom(22);
  const entries = Array.from({ length: 500 }, (_, i) => ({
    id: `d${i}`,
    vector: randomVector(random, 6),
  }));
  const query = randomVector(random, 6);
  for (const [saver, loader] of [
    ["hnswlib", "exact"],
    ["exact", "hnswlib"],
  ] as const) {
    const index = openVectorIndex({ metric: "ip", dimensions: 6, exactLimit: 0, backend: saver });
    await index.addMany(entries);
    index.remove(["d3"]);
    await index.save(folder);
    const loaded = await loadVectorIndex(folder, { metric: "ip", exactLimit: 0, backend: loader });
    expect(loaded.search(query, 10), `saved by ${saver}, loaded by ${loader}`).toEqual(
      index.search(query, 10),
    );
    await loaded.addMany([{ id: "d3", vector: entries[3]!.vector }]);
    expect(loaded.count).toBe(500);
  }
});

test("vectors that are mostly zeros are packed, in the graph as well, and load as they were", async () => {
  const random = seededRandom(23);
  const entries = Array.from({ length: 800 }, (_, i) => {
    const vector = new Float32Array(256);
    for (let n = 0; n < 8; n += 1) vector[Math.floor(random() * 256)] = random();
    return { id: `d${i}`, vector };
  });
  const index = openVectorIndex({ metric: "cosine", dimensions: 256, exactLimit: 0 });
  await index.addMany(entries);
  index.remove(["d3"]);
  await index.save(folder);
  expect((await readdir(folder)).toSorted()).toEqual(["vectors.graph", "vectors.index"]);
  for (const name of await readdir(folder)) {
    const { size, mode } = await stat(join(folder, name));
    expect([size < (800 * 256 * 4) / 2, mode & 0o777]).toEqual([true, 0o600]);
  }
  const scratch = join(folder, "scratch");
  for (const backend of ["hnswlib", "exact"] as const) {
    const options = { metric: "cosine", exactLimit: 0, backend, scratch } as const;
    const loaded = await loadVectorIndex(folder, options);
    expect([loaded.count, loaded.digest()]).toEqual([799, index.digest()]);
    const { vector } = entries[7]!;
    expect(loaded.search(vector, 3)).toEqual(index.search(vector, 3));
  }
  expect(await readdir(folder)).not.toContain("scratch");
});

test("saves the same bytes for the same state", async () => {
  const random = seededRandom(23);
  const index = openVectorIndex({ metric: "cosine", dimensions: 6, exactLimit: 0 });
  await index.addMany(
    Array.from({ length: 5000 }, (_, i) => ({ id: `ключ ${i}`, vector: randomVector(random, 6) })),
  );
  await index.save(join(folder, "one"));
  await index.save(join(folder, "two"));
  for (const file of ["vectors.index", "vectors.graph"]) {
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => readFile(join(folder, name, file))),
    );
    expect(two?.equals(one ?? Buffer.alloc(0)), `${file} of both`).toBe(true);
  }
  const loaded = await loadVectorIndex(join(folder, "one"), { metric: "cosine", exactLimit: 0 });
  expect([loaded.count, loaded.has("ключ 4999")]).toEqual([5000, true]);
});

test("may be closed while it saves", async () => {
  const random = seededRandom(24);
  const index = openVectorIndex({ metric: "l2", dimensions: 32, exactLimit: 0 });
  await index.addMany(
    Array.from({ length: 2000 }, (_, i) => ({ id: `d${i}`, vector: randomVector(random, 32) })),
  );
  await index.save(join(folder, "open"));
  const saving = index.save(join(folder, "closed"));
  index.close();
  index.close();
  await saving;
  const [open, closed] = await Promise.all(
    ["open", "closed"].map((name) => readFile(join(folder, name, "vectors.graph"))),
  );
  expect(
    closed?.equals(open ?? Buffer.alloc(0)),
    "the graph is written whole though it was let go",
  ).toBe(true);
});

test("only the owner can read the files of an index", async () => {
  const index = openVectorIndex({ metric: "l2", dimensions: 2, exactLimit: 0 });
  await index.addMany([{ id: "a", vector: Float32Array.of(1, 2) }]);
  const target = join(folder, "saved");
  await index.save(target);
  index.close();
  const names = (await readdir(target)).filter((name) => name.startsWith("vectors"));
  expect(names.toSorted()).toEqual(["vectors.graph", "vectors.index"]);
  for (const name of names) expect((await stat(join(target, name))).mode & 0o777, name).toBe(0o600);
  expect((await stat(target)).mode & 0o777).toBe(0o700);
});
