import { dirname, join, resolve } from "node:path";

/** The names of flow files, in the order of preference. */
export const FLOW_FILE_NAMES: readonly string[] = ["flow.yml", "flow.yaml", "jflow.yml"];

/** Returns the first of `FLOW_FILE_NAMES` in the folder `path`, or `path` itself. */
export function flowFileAt(path: string, exists: (path: string) => boolean): string {
  return FLOW_FILE_NAMES.map((name) => join(path, name)).find(exists) ?? path;
}

/**
 * Returns the first of `FLOW_FILE_NAMES` in `cwd` or a folder above, up to the root of the Git
 * repository (the folder with `.git`). Returns undefined if no file exists.
 */
export function findFlowFile(cwd: string, exists: (path: string) => boolean): string | undefined {
  let folder = resolve(cwd);
  for (;;) {
    const found = flowFileAt(folder, exists);
    if (found !== folder) return found;
    const parent = dirname(folder);
    if (parent === folder || exists(join(folder, ".git"))) return undefined;
    folder = parent;
  }
}
