import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { jflowVersion } from "../../../util/version.ts";

/** The folder of the package that runs, with package.json. */
export const PACKAGE = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/\/$/, "");

/** npm's record of what it installed: the parts that are read here. */
interface InstalledPackages {
  readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
}

/** Returns the version for package.json that installs the jflow of this folder again. */
export async function versionToInstall(folder: string): Promise<string> {
  const modules = dirname(folder);
  if (basename(modules) !== "node_modules") return `file:${folder}`;
  const text = await readFile(join(modules, ".package-lock.json"), "utf8").catch(() => "{}");
  const resolved = resolvedIn(text);
  if (resolved === undefined || /^https?:/.test(resolved)) return `^${jflowVersion()}`;
  const [, path] = /^file:(.*)$/.exec(resolved) ?? [];
  return path === undefined ? resolved : `file:${resolve(dirname(modules), path)}`;
}

/** Where npm found jflow, by its record; undefined if the record does not say. */
function resolvedIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as InstalledPackages).packages?.["node_modules/jflow"]?.resolved;
  } catch {
    return undefined;
  }
}
