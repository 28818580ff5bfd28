import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeFolder, removeRemains } from "../../../src/util/files/remove-folder.ts";

const FILES = 300;

let scratch: string;
let folder: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "jflow-remove-"));
  folder = join(scratch, "copy");
});
afterEach(() => rm(scratch, { recursive: true }));

async function fill(): Promise<void> {
  await mkdir(join(folder, "log"), { recursive: true });
  for (let i = 0; i < FILES; i += 1) await writeFile(join(folder, "log", String(i)), "x");
}

test("a folder and all it holds are removed", async () => {
  await fill();
  await removeFolder(folder);
  expect(await readdir(scratch)).toEqual([]);
});

test("a folder that does not exist is already removed", async () => {
  await removeFolder(folder);
  expect(await readdir(scratch)).toEqual([]);
});

test(
  "kill -9 during the removal leaves the complete folder or none",
  { timeout: 60_000 },
  async () => {
    const program = join(scratch, "remove.mjs");
    buildSync({
      stdin: {
        contents: `import { removeFolder } from "./remove-folder.ts";
process.stdout.write("ready");
await removeFolder(process.argv[2]);`,
        resolveDir: join(import.meta.dirname, "../../../src/util/files"),
      },
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const found = new Set<number>();
    for (let round = 0; round < 12; round += 1) {
      await fill();
      const child = spawn(process.execPath, [program, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      setTimeout(() => child.kill("SIGKILL"), round * 2);
      await once(child, "exit");
      const left = (await readdir(scratch)).includes("copy")
        ? await readdir(join(folder, "log"))
        : [];
      found.add(left.length);
      await removeRemains(folder);
    }
    expect([...found].filter((files) => files !== 0 && files !== FILES)).toEqual([]);
  },
);
