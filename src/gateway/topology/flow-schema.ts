import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import type { DeploymentFacts } from "./deployment-facts.ts";
import type { Graph } from "./graph.ts";
import { compileTargetPattern } from "./target-pattern.ts";

/** Which requests a schema is for. */
export interface SchemaQuery {
  readonly endpoint: string;
  /** The request's `target_executor`: a pattern on names; `""` is all. */
  readonly targetExecutor: string;
}

/**
 * Returns what the documents of an endpoint look like to a client: the input of the first
 * deployment on the way that reports a schema, and the output of the last. Earlier deployments are
 * built-in executors, which read both formats. Undefined if no deployment reports a schema or binds
 * the endpoint. If no target binds the endpoint, the schemas of the other deployments count. Throws
 * `INVALID_ARGUMENT` if `targetExecutor` is not a regular expression.
 */
export function findFlowSchema(
  graph: Graph,
  helper: (name: string) => DeploymentFacts | undefined,
  query: SchemaQuery,
): EndpointSchema | undefined {
  const { endpoint } = query;
  const schemas = listHandlers(graph, query).flatMap((deployment) => {
    const { before } = deployment.spec;
    const inFront = before === undefined ? undefined : helper(before)?.endpoint(endpoint).schema;
    return [inFront, deployment.endpoint(endpoint).schema].filter((schema) => schema !== undefined);
  });
  const [first] = schemas;
  const last = schemas.at(-1);
  return first && last && { input: first.input, output: last.output };
}

/** The deployments on the way that handle the request, in the order in which they receive it. */
function listHandlers(
  graph: Graph,
  { endpoint, targetExecutor }: SchemaQuery,
): readonly DeploymentFacts[] {
  const isTarget = compileTargetPattern(targetExecutor);
  const bound = graph.nodes
    .filter((node) => !node.isSide)
    .map(({ deployment }) => deployment)
    .filter((deployment) => deployment.endpoint(endpoint).isBound);
  const targets = bound.filter(({ name }) => isTarget(name));
  return targets.length > 0 ? targets : bound;
}
