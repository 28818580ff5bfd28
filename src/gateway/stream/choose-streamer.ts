import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { JflowError } from "../../util/errors.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import { isWrite } from "../routing/choose-route.ts";
import { schemaOf } from "../topology/flow-schema.ts";
import { isBound, type Graph } from "../topology/graph.ts";
import { compilePythonMatch } from "../topology/target-pattern.ts";

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
): TopologyDeployment | undefined {
  const isTarget = targetExecutor === "" ? () => true : compilePythonMatch(targetExecutor);
  const able = graph.nodes
    .filter((node) => graph.leadingToEnd.has(node))
    .map(({ deployment }) => deployment)
    .filter((deployment) => isBound(deployment, execEndpoint) && isTarget(deployment.name));
  return able.find(({ endpoints }) => endpoints?.includes(execEndpoint)) ?? able[0];
}

/**
 * The same. Throws `NOT_FOUND` where there is none, `UNIMPLEMENTED` naming what a stream cannot do,
 * `INVALID_ARGUMENT` for a `target_executor` that is no pattern.
 */
export function chooseStreamer(graph: Graph, query: StreamQuery): TopologyDeployment {
  const { execEndpoint, targetExecutor } = query;
  const chosen = findStreamer(graph, query);
  if (chosen === undefined) {
    const among = targetExecutor === "" ? "" : ` among the targets "${targetExecutor}"`;
    throw new JflowError(
      "NOT_FOUND",
      `no executor on the way to the flow's answer binds ${execEndpoint}${among}`,
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
  const schema = schemaOf(
    findStreamer(graph, { execEndpoint: endpoint, targetExecutor: "" })?.schemas,
    endpoint,
  );
  return schema?.isGenerator ? schema : undefined;
}

function findObstacle(deployment: TopologyDeployment, endpoint: string): string | undefined {
  const { shards, before, when, stateful } = deployment;
  if (shards > 1) return `it has ${shards} shards, and a stream comes from one executor alone`;
  if (before !== undefined) return "it has uses_before, which a stream does not pass";
  if (when !== undefined) return "it has a condition (when), which a stream does not ask";
  if (stateful && isWrite(deployment, endpoint))
    return `${endpoint} changes its state, which is written by requests`;
  return undefined;
}
