/**
 * A program of its own, because a crash is what it looks for: saves an index with a graph, damages
 * its files in many ways, and tries to load each. Prints one JSON line, `{ "<code of the error>":
 * how often }`. Arguments: an empty folder to work in.
 */
import { copyFile, mkdir, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadVectorIndex, openVectorIndex } from "../../../src/vector-index/vector-index.ts";
import { randomVector, seededRandom } from "../random-vectors.ts";

const FILES = ["vectors.index", "vectors.graph"] as const;
const random = seededRandom(21);
const folder = process.argv[2] ?? "";
const sound = join(folder, "sound");
const damaged = join(folder, "damaged");
const outcomes: Record<string, number> = {};

async function saveIndex(to: string, dimensions: number): Promise<void> {
  const index = openVectorIndex({ metric: "l2", dimensions, exactLimit: 0 });
  await index.addMany(
    Array.from({ length: 300 }, (_, i) => ({
      id: `d${i}`,
      vector: randomVector(random, dimensions),
    })),
  );
  await index.save(to);
  index.close();
}

async function tryToLoad(damage: () => Promise<void>): Promise<void> {
  await rm(damaged, { recursive: true, force: true });
  await mkdir(damaged);
  for (const file of FILES) await copyFile(join(sound, file), join(damaged, file));
  await damage();
  const outcome = await loadVectorIndex(damaged, { metric: "l2", exactLimit: 0 }).then(
    (index) => {
      index.search(new Float32Array(index.dimensions), 5);
      index.close();
      return "loaded";
    },
    (error: { code?: string }) => error.code ?? "another error",
  );
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

async function flipBit(file: string, at: number): Promise<void> {
  const handle = await open(join(damaged, file), "r+");
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  await handle.write(Buffer.of(buffer.readUInt8() ^ (1 << Math.floor(random() * 8))), 0, 1, at);
  await handle.close();
}

await saveIndex(sound, 16);
await saveIndex(join(folder, "other"), 32);
await tryToLoad(async () => {});
for (const file of FILES) {
  const { size } = await stat(join(sound, file));
  for (let i = 0; i < 60; i += 1)
    await tryToLoad(() => flipBit(file, i < 30 ? i : Math.floor(random() * size)));
  for (let i = 0; i < 20; i += 1)
    await tryToLoad(() => truncate(join(damaged, file), Math.floor((i / 20) * size)));
  await tryToLoad(() => rm(join(damaged, file)));
  await tryToLoad(() => copyFile(join(folder, "other", file), join(damaged, file)));
  await tryToLoad(async () =>
    writeFile(
      join(damaged, file),
      Buffer.concat([await readFile(join(sound, file)), Buffer.alloc(9)]),
    ),
  );
  await tryToLoad(() =>
    writeFile(join(damaged, file), "not ours at all, but long enough to be read as if it were"),
  );
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
