import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Source files: the path of each from the root of the repository, and its text. */
export type SourceTree = ReadonlyMap<string, string>;

/** One import of a file of the repository; imports of types count. */
export interface FileImport {
  readonly from: string;
  readonly to: string;
}

const ROOT = join(import.meta.dirname, "../..");

const IMPORT =
  /\b(?:import|export)\b[^;'"]*?\bfrom\s*["'](\.[^"']+)["']|\bimport\s*\(?\s*["'](\.[^"']+)["']/g;

/**
 * Reads the files of a folder whose names end in one of `endings`, with subfolders if `isDeep`.
 * Files that a run of jflow leaves are not read.
 */
export function readTree(
  folder: string,
  endings: readonly string[],
  { isDeep = true }: { readonly isDeep?: boolean } = {},
): SourceTree {
  const paths = readdirSync(join(ROOT, folder), { recursive: isDeep, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .filter((path) => !path.split("/").some((part) => part === "node_modules" || part === ".jflow"))
    .toSorted();
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

/** The imports of a tree by relative paths, in the order of its files. */
export function listImports(tree: SourceTree): readonly FileImport[] {
  return [...tree].flatMap(([from, text]) =>
    [...text.matchAll(IMPORT)].map(([, named, bare]) => ({
      from,
      to: join(dirname(from), named ?? bare ?? ""),
    })),
  );
}

/** The folder in `src/` that holds the file, or the file itself if it is directly in `src/`. */
export function componentOf(path: string): string {
  return relative("src", path).split("/")[0]!;
}

/** The lines that `pattern` matches, as `path:line`. Lines of comments do not count. */
export function findLines(
  tree: SourceTree,
  pattern: RegExp,
  isSearched: (path: string) => boolean,
): readonly string[] {
  return [...tree].flatMap(([path, text]) => {
    if (!isSearched(path)) return [];
    return text
      .split("\n")
      .flatMap((line, index) =>
        pattern.test(line) && !/^\s*(?:\*|\/\/|\/\*)/.test(line) ? [`${path}:${index + 1}`] : [],
      );
  });
}
