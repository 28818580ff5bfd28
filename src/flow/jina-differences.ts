import { effectivePolling } from "./polling.ts";
import type { DescribedFlow } from "./render.ts";
import { readTextAsStock } from "./text/stock-scalars.ts";
import type { Deployment, Flow } from "./resolve/types.ts";

/** The addresses that other machines cannot reach. */
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

/** Lists where this flow behaves differently from stock Jina, as sentences for `jflow config`. */
export function listJinaDifferences(flow: Flow, described: DescribedFlow = {}): readonly string[] {
  const hashed = flow.deployments
    .filter((deployment) => hashesWrites(deployment, described))
    .map(({ name }) => name);
  const joins = flow.deployments.filter(({ needs }) => needs.length > 1).map(({ name }) => name);
  const listed = flow.deployments
    .filter(({ noReduce, shards }) => noReduce && shards > 1)
    .map(({ name }) => name);
  const texts = flow.deployments.filter(hasTextThatJinaTypes).map(({ name }) => name);
  return [
    ...(LOOPBACK.has(flow.gateway.host)
      ? [
          `the gateway listens on ${flow.gateway.host} only; set "gateway.host: 0.0.0.0" to listen on every network`,
        ]
      : []),
    ...(hashed.length > 0
      ? [
          `writes to ${hashed.join(", ")} go to the shard of each document id (HASH), not to one shard after another`,
        ]
      : []),
    ...(listed.length > 0
      ? [
          `${listed.join(", ")} returns the documents of all its shards (no_reduce), not the documents of the request`,
        ]
      : []),
    ...(texts.length > 0
      ? [
          `quoted numbers and truth values in "uses_with" of ${texts.join(", ")} stay text, as in "7"; remove the quotes for a number`,
        ]
      : []),
    ...(joins.length > 0
      ? [
          `branches that join at ${joins.join(", ")} are merged in the order of "needs", not in the order of arrival`,
        ]
      : []),
  ];
}

function hashesWrites(deployment: Deployment, described: DescribedFlow): boolean {
  const own = described[deployment.name];
  if (!own || deployment.shards === 1) return false;
  const polling = effectivePolling(deployment, own);
  return own.writes.some((endpoint) => polling[endpoint] === "HASH");
}

/**
 * Returns whether the options of a Python executor hold a text that Jina turns into another type.
 */
function hasTextThatJinaTypes({ uses, usesWith }: Deployment): boolean {
  const isTyped = (value: unknown): boolean => {
    if (typeof value === "string") return readTextAsStock(value) !== JSON.stringify(value);
    return typeof value === "object" && value !== null && Object.values(value).some(isTyped);
  };
  return uses.kind === "python" && isTyped(usesWith);
}
