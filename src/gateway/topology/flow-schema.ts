import type { EndpointSchema, EndpointSchemas } from "../../document/v2/endpoint-schema.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import { isBound, type Graph } from "./graph.ts";
import { compilePythonMatch } from "./target-pattern.ts";

/** What a flow's documents are asked by. */
export interface SchemaQuery {
  readonly endpoint: string;
  /** The request's own; `""` is all. */
  readonly targetExecutor: string;
}

/**
 * What the documents of an endpoint look like to a client: what the first deployment on the way
 * that tells it takes, what the last such one gives. Those before it are ours, which read every
 * form: an executor of docarray v1 could hand nothing on to it. Undefined where none tells, or
 * nobody binds the endpoint. Where no target binds it, the others tell: documents pass by them.
 * Throws `INVALID_ARGUMENT` for a `target_executor` that is no pattern.
 */
export function findFlowSchema(
  graph: Graph,
  helper: (name: string) => TopologyDeployment | undefined,
  query: SchemaQuery,
): EndpointSchema | undefined {
  if (!usesV2(graph)) return undefined;
  const asked = listAsked(graph, query);
  const told = asked.flatMap(({ before, schemas }) => {
    const inFront =
      before === undefined ? undefined : schemaOf(helper(before)?.schemas, query.endpoint);
    return [inFront, schemaOf(schemas, query.endpoint)].filter((schema) => schema !== undefined);
  });
  const [first] = told;
  const last = told.at(-1);
  return first && last && { input: first.input, output: last.output };
}

/** The deployments on the way that handle the request, the first to get it first. */
function listAsked(
  graph: Graph,
  { endpoint, targetExecutor }: SchemaQuery,
): readonly TopologyDeployment[] {
  const isTarget = targetExecutor === "" ? () => true : compilePythonMatch(targetExecutor);
  const onTheWay = graph.nodes
    .filter((node) => graph.leadingToEnd.has(node))
    .map(({ deployment }) => deployment);
  const bound = onTheWay.filter((deployment) => isBound(deployment, endpoint));
  const targets = bound.filter(({ name }) => isTarget(name));
  return targets.length > 0 ? targets : bound;
}

/** Whether an executor of the flow reads documents of docarray v2. */
export function usesV2(graph: Graph): boolean {
  return graph.nodes.some(({ deployment }) => deployment.schemas !== undefined);
}

/** What an executor says of an endpoint's documents, or of those of any. */
export function schemaOf(
  schemas: EndpointSchemas | undefined,
  endpoint: string,
): EndpointSchema | undefined {
  if (schemas === undefined) return undefined;
  return Object.hasOwn(schemas, endpoint) ? schemas[endpoint] : schemas["/default"];
}
