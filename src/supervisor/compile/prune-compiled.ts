import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { hasCode } from "../../util/error-code.ts";
import { COMPILED_KEPT_MS } from "../../util/limits/processes.ts";

/**
 * Removes compiled modules of earlier versions, one day after they were made. `used` are the
 * modules that are needed now.
 */
export async function pruneCompiled(
  folder: string,
  used: readonly { readonly path: string }[],
): Promise<void> {
  const kept = new Set(used.flatMap(({ path }) => [basename(path), `${basename(path)}.map`]));
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (!kept.has(name) && Date.now() - (await stat(path)).mtimeMs > COMPILED_KEPT_MS)
      await rm(path, { force: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
