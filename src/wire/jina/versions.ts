import { readFileSync } from "node:fs";
import type { PeerVersions } from "./messages.ts";

let version: string | undefined;

/** jflow's own version, from its `package.json`. */
export function jflowVersion(): string {
  version ??= readVersion();
  return version;
}

/**
 * What `_status` tells: the version, under the key Jina's clients print, and what it runs on. No
 * environment variables: they may hold secrets.
 */
export function peerVersions(): PeerVersions {
  return {
    jina: {
      jflow: jflowVersion(),
      node: process.version,
      platform: process.platform,
      architecture: process.arch,
    },
    envs: {},
  };
}

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === "object" && parsed !== null && "version" in parsed
    ? String(parsed.version)
    : "unknown";
}
