import { dirname, join, resolve } from "node:path";

/** Names looked for, in this order, in each folder. */
export const FLOW_FILE_NAMES: readonly string[] = ["flow.yml", "flow.yaml", "jflow.yml"];

/**
 * The flow file that is meant where none was named: the first of `FLOW_FILE_NAMES` from `cwd` upwards, no higher than the root of the
 * git checkout (a folder that holds `.git`). Undefined where there is none.
 */
export function findFlowFile(cwd: string, exists: (path: string) => boolean): string | undefined {
  let folder = resolve(cwd);
  for (;;) {
    const here = folder;
    const found = FLOW_FILE_NAMES.map((name) => join(here, name)).find(exists);
    if (found !== undefined) return found;
    const parent = dirname(folder);
    if (parent === folder || exists(join(folder, ".git"))) return undefined;
    folder = parent;
  }
}
