import { readdir } from "node:fs/promises";
import { join } from "node:path";

const SPECIAL = /[*?]/;

/**
 * Returns the sorted paths that match a pattern. `*` and `?` match within one folder, `**` matches
 * any number of folders. Names that start with a dot match only if the pattern has the dot. A path
 * without `*` and `?` is returned as it is.
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  if (!SPECIAL.test(pattern)) return [pattern];
  const isAbsolute = pattern.startsWith("/");
  const parts = pattern.split("/").filter((part) => part !== "");
  const found = await walk(isAbsolute ? "/" : "", parts);
  return [...new Set(found)].toSorted();
}

async function walk(folder: string, parts: readonly string[]): Promise<string[]> {
  const [part, ...rest] = parts;
  if (part === undefined) return [];
  if (part === "**") return walkDeep(folder, rest);
  if (!SPECIAL.test(part) && rest.length > 0) return walk(join(folder, part), rest);
  const matches = matcherOf(part);
  const found: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const isWanted = matches(entry.name) && entry.isDirectory() === rest.length > 0;
    const path = join(folder, entry.name);
    if (isWanted) found.push(...(rest.length === 0 ? [path] : await walk(path, rest)));
  }
  return found;
}

/** Matches `**`: no folder, or any number of them. */
async function walkDeep(folder: string, rest: readonly string[]): Promise<string[]> {
  const found = await walk(folder, rest.length === 0 ? ["*"] : rest);
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory() && !entry.name.startsWith("."))
      found.push(...(await walkDeep(join(folder, entry.name), rest)));
  }
  return found;
}

async function entriesOf(
  folder: string,
): Promise<readonly { readonly name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder === "" ? "." : folder, { withFileTypes: true });
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR")
    )
      return [];
    throw error;
  }
}

function matcherOf(part: string): (name: string) => boolean {
  const source = part
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  const expression = new RegExp(`^${source}$`, "u");
  return (name) => expression.test(name) && (part.startsWith(".") || !name.startsWith("."));
}
