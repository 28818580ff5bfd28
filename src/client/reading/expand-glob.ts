import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../util/error-code.ts";
import { JflowError } from "../../util/errors.ts";

const SPECIAL = /[*?[\]{}]/;

/**
 * Returns the sorted paths that match a pattern, as in a shell. `*`, `?` and `[a-z]` match within
 * one folder, `**` matches any number of folders, and `{a,b}` is one of several texts. Names that
 * start with a dot match only if the pattern has the dot. Links are followed; a circle of links
 * ends. A path without any of these is returned as it is.
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  if (!SPECIAL.test(pattern) || (await isThere(pattern))) return [pattern];
  const found: string[] = [];
  for (const each of expandBraces(pattern)) {
    const parts = each.split("/").filter((part) => part !== "");
    found.push(...(await walk(each.startsWith("/") ? "/" : "", parts)));
  }
  return [...new Set(found)].toSorted();
}

/** Returns the patterns that `a{b,c}` stands for. */
function expandBraces(pattern: string): readonly string[] {
  const [whole, before, options, after] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  return options!.split(",").flatMap((option) => expandBraces(`${before}${option}${after}`));
}

async function walk(folder: string, parts: readonly string[]): Promise<string[]> {
  const [part, ...rest] = parts;
  if (part === undefined) return [];
  if (part === "**") return walkDeep(folder, rest, new Set());
  if (!SPECIAL.test(part)) {
    const path = join(folder, part);
    if (rest.length > 0) return walk(path, rest);
    return (await isThere(path)) ? [path] : [];
  }
  const matches = matcherOf(part);
  const found: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (!matches(entry.name) || entry.isFolder !== rest.length > 0) continue;
    const path = join(folder, entry.name);
    found.push(...(rest.length === 0 ? [path] : await walk(path, rest)));
  }
  return found;
}

/** Matches `**`: no folder, or any number of them. `above` holds the folders on the way. */
async function walkDeep(
  folder: string,
  rest: readonly string[],
  above: ReadonlySet<string>,
): Promise<string[]> {
  const found = await walk(folder, rest.length === 0 ? ["*"] : rest);
  const real = await realpath(folder === "" ? "." : folder).catch(() => folder);
  if (above.has(real)) return [];
  for (const entry of await entriesOf(folder)) {
    if (entry.isFolder && !entry.name.startsWith("."))
      found.push(...(await walkDeep(join(folder, entry.name), rest, new Set([...above, real]))));
  }
  return found;
}

interface Entry {
  readonly name: string;
  /** Whether it is a folder, or a link to one. */
  readonly isFolder: boolean;
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  try {
    const entries = await readdir(folder === "" ? "." : folder, { withFileTypes: true });
    return await Promise.all(
      entries.map(async (entry) => ({
        name: entry.name,
        isFolder:
          entry.isDirectory() ||
          (entry.isSymbolicLink() && (await isDirectory(join(folder, entry.name)))),
      })),
    );
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    if (!hasCode(error, "EACCES")) throw error;
    throw new JflowError(
      "INVALID_ARGUMENT",
      `cannot read the folder ${folder}: permission denied`,
      {
        cause: error,
      },
    );
  }
}

/** A broken link is not a folder: it is returned as a path, and reading it names it. */
async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** A path that must not be looked at counts as there: reading it names it. */
async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => hasCode(error, "EACCES"),
  );
}

function matcherOf(part: string): (name: string) => boolean {
  const source = part.replaceAll(/\[[!^]?\]?[^\]]*\]|[*?]|[.+^${}()|[\]\\]/g, (text) => {
    if (text === "*") return "[^/]*";
    if (text === "?") return "[^/]";
    if (text.length === 1) return `\\${text}`;
    const isNot = /^\[[!^]/.test(text);
    const members = text.slice(isNot ? 2 : 1, -1).replaceAll(/[\\\][^&]/g, String.raw`\$&`);
    return `[${isNot ? "^" : ""}${members}]`;
  });
  const expression = new RegExp(`^${source}$`, "u");
  return (name) => expression.test(name) && (part.startsWith(".") || !name.startsWith("."));
}
