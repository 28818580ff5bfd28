import { JflowError } from "../../util/errors.ts";
import { suggest } from "../../util/text/suggest.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import type { SchemaQuery } from "../topology/flow-schema.ts";
import type { Graph } from "../topology/graph.ts";
import { compileTargetPattern } from "../topology/target-pattern.ts";

export interface EndpointQuery extends SchemaQuery {
  /** Whether a `/default` method also handles an endpoint that looks like a typo. */
  readonly acceptsTypos?: boolean;
}

/** Shorter endpoints are not compared, because too many other endpoints are one edit away. */
const MIN_CHARS_OF_A_TYPO = 5;

/**
 * Throws `UNIMPLEMENTED` if no target executor has a method for the endpoint. A `/default` method
 * handles any endpoint, except one that looks like a typo of a bound endpoint, unless
 * `acceptsTypos`. Throws `INVALID_ARGUMENT` if no executor matches `targetExecutor`.
 */
export function checkEndpoint(
  { nodes }: Graph,
  { endpoint, targetExecutor, acceptsTypos = false }: EndpointQuery,
): void {
  if (nodes.length === 0) return;
  const all = nodes.map(({ deployment }) => deployment);
  const isTarget = compileTargetPattern(targetExecutor);
  const targets = all.filter(({ name }) => isTarget(name));
  if (targets.length === 0)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `no executor matches the target ${targetExecutor}: the flow has ${namesOf(all)}`,
    );
  if (targets.some(({ spec }) => spec.endpoints?.includes(endpoint) ?? true)) return;
  const takers = targets.filter((deployment) => deployment.endpoint(endpoint).isBound);
  const bound = listEndpoints(targets);
  const meant = suggest(endpoint, bound);
  const isTypo = meant !== undefined && endpoint.length >= MIN_CHARS_OF_A_TYPO;
  if (takers.length > 0 && (acceptsTypos || !isTypo)) return;
  const hint = meant === undefined ? listBound(bound) : `did you mean ${meant}?`;
  throw new JflowError(
    "UNIMPLEMENTED",
    `no executor binds ${endpoint}: ${hint}${adviseTarget(takers)}`,
  );
}

function adviseTarget(takers: readonly DeploymentFacts[]): string {
  if (takers.length === 0) return "";
  return ` For the "/default" method of ${namesOf(takers)}, make it the target executor`;
}

function listEndpoints(deployments: readonly DeploymentFacts[]): readonly string[] {
  const endpoints = deployments.flatMap(({ spec }) => spec.endpoints ?? []);
  return [...new Set(endpoints)].filter((endpoint) => endpoint !== "/default").toSorted();
}

function listBound(endpoints: readonly string[]): string {
  return endpoints.length === 0
    ? "the executors bind no endpoint"
    : `the executors bind ${endpoints.join(", ")}`;
}

function namesOf(deployments: readonly DeploymentFacts[]): string {
  return deployments.map(({ name }) => name).join(", ");
}
