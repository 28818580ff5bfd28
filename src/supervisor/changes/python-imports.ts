import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** An import statement at the start of a line; the names may be on several lines in parentheses. */
const IMPORT =
  /^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))/gm;
const COMMENT = /#[^\n]*/g;
/** Larger programs are not followed further. */
const MAX_FILES = 1000;

/**
 * Returns the Python files that these files import, also indirectly, as absolute paths. Modules are
 * looked for next to the importing file and in `directory`, where the flow file is. Installed
 * packages are left out.
 */
export async function findPythonImports(
  files: readonly string[],
  directory: string,
): Promise<readonly string[]> {
  const found = new Set(files);
  for (const file of found) {
    if (found.size > MAX_FILES) break;
    for (const imported of await findImports(file, directory)) found.add(imported);
  }
  return [...found].filter((file) => !files.includes(file));
}

async function findImports(file: string, directory: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const places = [...new Set([dirname(file), directory])];
  const candidates = listModules(text).flatMap((name) =>
    listCandidates(name, dirname(file), places),
  );
  const checked = [...new Set(candidates)].map(async (path) =>
    stat(path).then(
      (entry) => (entry.isFile() ? [path] : []),
      () => [],
    ),
  );
  return (await Promise.all(checked)).flat();
}

/** Returns the names of the modules that a text imports; a name may also be that of a variable. */
function listModules(text: string): readonly string[] {
  return [...text.replaceAll(COMMENT, "").matchAll(IMPORT)].flatMap(([, from, names, modules]) => {
    if (from === undefined) return listNames(modules ?? "");
    const separator = /^\.*$/.test(from) ? "" : ".";
    return [from, ...listNames(names ?? "").map((name) => `${from}${separator}${name}`)];
  });
}

function listNames(text: string): readonly string[] {
  return text
    .replaceAll(/[()\\]/g, "")
    .split(",")
    .flatMap((part) => /^\s*([\w.]+)/.exec(part)?.[1] ?? []);
}

/** A package has a file of its own, and so has each package around a module. */
function listCandidates(name: string, own: string, places: readonly string[]): readonly string[] {
  const dots = /^\.*/.exec(name)![0].length;
  const parts = name
    .slice(dots)
    .split(".")
    .filter((part) => part !== "");
  const starts = dots === 0 ? places : [join(own, ...Array<string>(dots - 1).fill(".."))];
  return starts.flatMap((start) =>
    [...parts.keys(), parts.length].flatMap((count) => {
      const path = join(start, ...parts.slice(0, count));
      const isPackage = count > 0 || dots > 0;
      return [
        ...(isPackage ? [join(path, "__init__.py")] : []),
        ...(count > 0 ? [`${path}.py`] : []),
      ];
    }),
  );
}
