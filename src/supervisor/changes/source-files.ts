import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import { hasCode } from "../../util/error-code.ts";
import type { LoadedModule } from "../compile/load-modules.ts";

/** A file as it was when the flow started. */
interface Recorded {
  readonly path: string;
  readonly hash: string;
  readonly changedMs: number;
}

/** The files of the user that an executor is made of, as they were when the flow started. */
export class SourceFiles {
  readonly #recorded: readonly Recorded[];

  private constructor(recorded: readonly Recorded[]) {
    this.#recorded = recorded;
  }

  static async record(module: LoadedModule): Promise<SourceFiles> {
    const paths = [...new Set(await listSources(module))];
    const recorded = await Promise.all(paths.map(readRecorded));
    return new SourceFiles(recorded.filter((file) => file !== undefined));
  }

  /** Returns the paths of the files with other content, or without content, now. */
  async changed(): Promise<readonly { path: string; changedMs: number }[]> {
    const files = await Promise.all(
      this.#recorded.map(async (before) => {
        const changedMs = await changeTimeOf(before.path);
        if (changedMs === before.changedMs) return [];
        const now = await readRecorded(before.path);
        if (now?.hash === before.hash) return [];
        return [{ path: before.path, changedMs: now?.changedMs ?? Number.POSITIVE_INFINITY }];
      }),
    );
    return files.flat();
  }
}

async function listSources(module: LoadedModule): Promise<readonly string[]> {
  if (module.python !== undefined) {
    const { uses, modules } = module.python;
    return listPythonSources(uses === undefined ? modules : [uses, ...modules]);
  }
  return module.isCompiled ? listCompiledSources(module.path) : [];
}

/** The configuration, the modules, and the Python files next to them, which they may import. */
async function listPythonSources(named: readonly string[]): Promise<readonly string[]> {
  const paths = named.filter((path) => isAbsolute(path));
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const siblings = await Promise.all(folders.map(listPythonFiles));
  return [...paths, ...siblings.flat()];
}

async function listPythonFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): readonly string[] => []);
  return names.filter((name) => extname(name) === ".py").map((name) => resolve(folder, name));
}

/** The source map of the compiler lists the files, relative to the folder of the result. */
async function listCompiledSources(path: string): Promise<readonly string[]> {
  const map = await readFile(`${path}.map`, "utf8").catch((error: unknown) => {
    // A CommonJS package is loaded as it is.
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (map === undefined) return [path];
  const { sources } = JSON.parse(map) as { sources: readonly string[] };
  return sources.map((source) => resolve(dirname(path), source));
}

/** Returns undefined for a file that cannot be read, such as a part that the compiler adds. */
async function readRecorded(path: string): Promise<Recorded | undefined> {
  try {
    const changedMs = await changeTimeOf(path);
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    return changedMs === undefined ? undefined : { path, hash, changedMs };
  } catch {
    return undefined;
  }
}

/** The time of the last change of the content, the name or the mode. */
async function changeTimeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => undefined,
  );
}
