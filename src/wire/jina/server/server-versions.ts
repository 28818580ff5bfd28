import { jflowVersion } from "../../../util/version.ts";
import type { PeerVersions } from "../messages/discovery.ts";

/**
 * Returns the answer to `_status`: the versions of jflow and Node.js and the platform. It holds no
 * environment variables, which may be secret.
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
