import { readFileSync } from "node:fs";

const MANIFEST = new URL("../../package.json", import.meta.url);

let version: string | undefined;

/** Returns jflow's own version, as `package.json` states it. Reads the file once. */
export function jflowVersion(): string {
  version ??= (JSON.parse(readFileSync(MANIFEST, "utf8")) as { version: string }).version;
  return version;
}
