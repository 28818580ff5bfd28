import { readdir } from "node:fs/promises";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import type { LoadedModule } from "../compile/load-modules.ts";
import { findPythonImports } from "./python-imports.ts";
import { changeTimeOf, readFingerprint, type Fingerprint } from "./fingerprint.ts";

/** A file as it was when the flow started. */
interface Recorded extends Fingerprint {
  readonly path: string;
}

/** The files of the user that an executor is made of, as they were when the flow started. */
export class SourceFiles {
  readonly #recorded: readonly Recorded[];

  private constructor(recorded: readonly Recorded[]) {
    this.#recorded = recorded;
  }

  /** `directory` is the folder of the flow file. */
  static async record(module: LoadedModule, directory: string): Promise<SourceFiles> {
    const recorded = await Promise.all((await listSources(module, directory)).map(readRecorded));
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

/**
 * Returns the absolute paths of the user's files that a module is made of. `directory` is the
 * folder of the flow file.
 */
export async function listSources(
  { python, sources }: LoadedModule,
  directory: string,
): Promise<readonly string[]> {
  if (python === undefined) return sources;
  const { uses, modules } = python;
  const named = await listPythonSources(uses === undefined ? modules : [uses, ...modules]);
  return [...named, ...(await findPythonImports(named, directory))];
}

/** The configuration, the modules, and the Python files next to them, which they may import. */
async function listPythonSources(named: readonly string[]): Promise<readonly string[]> {
  const paths = named.filter((path) => isAbsolute(path));
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const siblings = await Promise.all(folders.map(listPythonFiles));
  return [...new Set([...paths, ...siblings.flat()])];
}

async function listPythonFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): readonly string[] => []);
  return names.filter((name) => extname(name) === ".py").map((name) => resolve(folder, name));
}

async function readRecorded(path: string): Promise<Recorded | undefined> {
  const read = await readFingerprint(path);
  return read && { path, ...read };
}
