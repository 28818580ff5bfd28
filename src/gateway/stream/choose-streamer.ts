import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { JflowError } from "../../util/errors.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import type { Graph } from "../topology/graph.ts";
import { compileTargetPattern } from "../topology/target-pattern.ts";

/** The request for a stream. */
export interface StreamQuery {
  readonly execEndpoint: string;
  /** A pattern on names; `""` is all. */
  readonly targetExecutor: string;
}

/**
 * Returns the deployment that a stream comes from: a target that leads to the flow's end, the first
 * that binds the endpoint by name, else the first that binds every endpoint. The other deployments
 * of the flow do not see the document, as in Jina. Undefined if there is no such deployment. Throws
 * `INVALID_ARGUMENT` if `target_executor` is not a regular expression.
 */
export function findStreamer(
  graph: Graph,
  { execEndpoint, targetExecutor }: StreamQuery,
): DeploymentFacts | undefined {
  const isTarget = compileTargetPattern(targetExecutor);
  const able = graph.nodes
    .filter((node) => !node.isSide)
    .map(({ deployment }) => deployment)
    .filter((deployment) => deployment.endpoint(execEndpoint).isBound && isTarget(deployment.name));
  return able.find((deployment) => deployment.endpoint(execEndpoint).isNamed) ?? able[0];
}

/**
 * Returns the deployment that `findStreamer` finds. Throws `NOT_FOUND` if it finds none,
 * `UNIMPLEMENTED` if the deployment cannot stream, `INVALID_ARGUMENT` if `target_executor` is not a
 * regular expression.
 */
export function chooseStreamer(graph: Graph, query: StreamQuery): DeploymentFacts {
  const { execEndpoint, targetExecutor } = query;
  const chosen = findStreamer(graph, query);
  if (chosen === undefined) {
    const target =
      targetExecutor === "" ? "" : ` and matches the target_executor "${targetExecutor}"`;
    throw new JflowError(
      "NOT_FOUND",
      `no executor that leads to the flow's answer binds ${execEndpoint}${target}`,
    );
  }
  const obstacle = findObstacle(chosen, execEndpoint);
  if (obstacle !== undefined)
    throw new JflowError("UNIMPLEMENTED", `${chosen.name} cannot stream: ${obstacle}`);
  return chosen;
}

/**
 * Returns the schemas of a streaming endpoint; undefined for any other endpoint and if the executor
 * reports no schema.
 */
export function findStreamSchema(graph: Graph, endpoint: string): EndpointSchema | undefined {
  const streamer = findStreamer(graph, { execEndpoint: endpoint, targetExecutor: "" });
  const schema = streamer?.endpoint(endpoint).schema;
  return schema?.isGenerator ? schema : undefined;
}

function findObstacle(deployment: DeploymentFacts, endpoint: string): string | undefined {
  const { shards, before, when } = deployment.spec;
  if (shards > 1) return `it has ${shards} shards, and a stream comes from one shard`;
  if (before !== undefined) return "it has uses_before, which streaming does not support";
  if (when !== undefined) return "it has a condition (when), which streaming does not support";
  if (deployment.endpoint(endpoint).isReplicated)
    return `${endpoint} changes its state, which streaming does not support`;
  return undefined;
}
