import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { JflowError } from "../../util/errors.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import type { Graph } from "../topology/graph.ts";
import { compileTargetPattern } from "../topology/target-pattern.ts";

/** What a stream is asked by. */
export interface StreamQuery {
  readonly execEndpoint: string;
  /** A pattern on names; `""` is all. */
  readonly targetExecutor: string;
}

/**
 * The one deployment that a stream comes from: on the way to the flow's end, a target, the first
 * that binds the endpoint by its name, else the first that takes any. As in Jina, nobody before or
 * behind it sees the document. Undefined where there is none. Throws `INVALID_ARGUMENT` for a
 * `target_executor` that is no pattern.
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
 * The same. Throws `NOT_FOUND` where there is none, `UNIMPLEMENTED` naming what a stream cannot do,
 * `INVALID_ARGUMENT` for a `target_executor` that is no pattern.
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
 * What its executor says of a stream's documents; undefined where the endpoint is none that
 * streams, or nobody says so.
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
