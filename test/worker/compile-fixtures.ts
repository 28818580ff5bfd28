import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

const SOURCE = fileURLToPath(new URL("fixtures/executors.ts", import.meta.url));

/**
 * Writes the executors of the tests as JavaScript into `folder`, as the executors of a flow are
 * compiled. Returns the path of the file.
 */
export async function compileFixtures(folder: string): Promise<string> {
  const { code } = await transform(await readFile(SOURCE, "utf8"), {
    loader: "ts",
    format: "esm",
    target: "node20",
  });
  const path = join(folder, "executors.mjs");
  await writeFile(path, code);
  return path;
}
