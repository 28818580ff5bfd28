import { dirname, join, resolve } from "node:path";

/** Names looked for, in this order, in each folder. */
export const FLOW_FILE_NAMES: readonly string[] = ["flow.yml", "flow.yaml", "jflow.yml"];

/**
 * The flow file that a path means: itself, or where it is a folder the first of `FLOW_FILE_NAMES`
 * in it.
 */
export function flowFileAt(path: string, exists: (path: string) => boolean): string {
  return FLOW_FILE_NAMES.map((name) => join(path, name)).find(exists) ?? path;
}

/**
 * The flow file that is meant where none was named: the first of `FLOW_FILE_NAMES` from `cwd`
 * upwards, no higher than the root of the git checkout (a folder that holds `.git`). Undefined
 * where there is none.
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
