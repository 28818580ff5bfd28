import type { Deployment, Flow } from "./resolve/types.ts";

const ENCODER = "TfidfEncoder";
const INDEX = "HNSWIndexer";

/**
 * Returns the `uses_with` of a deployment. A `HNSWIndexer` without `metric` that comes after a
 * `TfidfEncoder` ranks texts by `bm25`: 512 hashed dimensions would mix words up. A `TfidfEncoder`
 * with a table, or with `sparse: false`, makes dense vectors on purpose, and the index compares
 * these. Data of `earlier` deployments are dense vectors.
 */
export function withDefaultMetric(
  flow: Flow,
  deployment: Deployment,
  earlier: ReadonlySet<string>,
): Deployment["usesWith"] {
  const { usesText, usesWith, name } = deployment;
  const isOpen = usesText === INDEX && usesWith["metric"] === undefined && !earlier.has(name);
  return isOpen && comesAfterTexts(flow, deployment) ? { ...usesWith, metric: "bm25" } : usesWith;
}

function comesAfterTexts(flow: Flow, deployment: Deployment): boolean {
  if (deployment.usesBefore?.kind === "builtin" && deployment.usesBefore.name === ENCODER)
    return true;
  return deployment.needs.some((need) => {
    const before = flow.deployments.find(({ name }) => name === need);
    return before !== undefined && (ranksTexts(before) || comesAfterTexts(flow, before));
  });
}

function ranksTexts({ usesText, usesWith }: Deployment): boolean {
  return usesText === ENCODER && usesWith["idf"] === undefined && usesWith["sparse"] !== false;
}
