import { jflowVersion } from "../../../util/version.ts";
import type { PeerVersions } from "../messages/discovery.ts";

/**
 * What `_status` tells: the version, under the key Jina's clients print, and what it runs on. No
 * environment variables: they may hold secrets.
 */
export function serverVersions(): PeerVersions {
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
