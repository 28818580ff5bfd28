import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBuiltIn, type Flow, type PlannedReplica, type Uses } from "../../flow/flow.ts";
import { JflowError } from "../../util/errors.ts";
import type { ExecutorModule } from "../../model/replica.ts";
import { compileFile, stopCompiler, type CompilePaths } from "./compile-file.ts";

/**
 * The running installation: the folder with `supervisor/`, `worker/`, `executors/` and `index.js`.
 */
export const INSTALLATION = fileURLToPath(new URL("../..", import.meta.url));

/** A module that a worker can load. `isCompiled`: the module comes from a file of the user. */
export interface LoadedModule extends ExecutorModule {
  readonly isCompiled: boolean;
  /** The files of the user that the module is compiled from, absolute. */
  readonly sources: readonly string[];
}

/**
 * Returns the module of each planned process, by address. Compiles each file of the user once.
 * `looked` receives each path of the user that the compiler reads or looks for. Throws
 * `FLOW_INVALID` for a file that does not compile.
 */
export async function loadModules(
  flow: Flow,
  replicas: readonly PlannedReplica[],
  folder: string,
  looked: (path: string) => void = () => undefined,
): Promise<ReadonlyMap<string, LoadedModule>> {
  const paths: CompilePaths = { folder, api: join(INSTALLATION, "index.js"), looked };
  const byUses = new Map<string, Promise<LoadedModule>>();
  const modules = new Map<string, LoadedModule>();
  try {
    for (const { address, uses } of replicas) {
      if (uses === undefined) continue;
      const key = JSON.stringify(uses);
      const found = byUses.get(key) ?? loadModule(uses, flow, paths);
      byUses.set(key, found);
      modules.set(address, await found);
    }
  } finally {
    if (
      [...byUses.keys()].length > 0 &&
      replicas.some(({ uses }) => uses !== undefined && uses.kind !== "builtin")
    )
      await stopCompiler();
  }
  return modules;
}

async function loadModule(uses: Uses, flow: Flow, paths: CompilePaths): Promise<LoadedModule> {
  if (uses.kind === "python") {
    const { kind: _, ...python } = uses;
    return { path: python.uses ?? python.modules[0]!, isCompiled: false, sources: [], python };
  }
  if (uses.kind === "builtin") return builtInModule(uses.name);
  const source =
    uses.kind === "file"
      ? { kind: uses.kind, path: uses.path }
      : { kind: uses.kind, name: uses.name, directory: flow.directory };
  const compiled = await compileFile(source, paths);
  return {
    ...compiled,
    isCompiled: true,
    ...(uses.exportName === undefined ? {} : { exportName: uses.exportName }),
  };
}

function builtInModule(name: string): LoadedModule {
  const builtIn = findBuiltIn(name);
  if (builtIn?.kind !== "executor")
    throw new JflowError("FLOW_INVALID", `"${name}" is not an executor`);
  const path = join(INSTALLATION, "executors", `${builtIn.module}.js`);
  if (!existsSync(path))
    throw new JflowError("INTERNAL", `${path} is missing: install jflow again`);
  return { path, exportName: builtIn.exportName, isCompiled: false, sources: [] };
}
