import { JflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { readDocumentId, readRoutingTag } from "../../document/scan/document-values.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import { planRoute, type ShardRoute } from "./shard-route.ts";

/** The facts that decide the route of a request. */
export interface RoutedCall {
  readonly deployment: DeploymentFacts;
  readonly endpoint: string;
  readonly parts: readonly DataRequest[];
  /** The parameters of the deployment. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

function readRoutingKey(parameters: Readonly<Record<string, unknown>>): string | undefined {
  const { routing } = parameters;
  if (routing === undefined || routing === null) return undefined;
  if (typeof routing === "string" || typeof routing === "number") return String(routing);
  throw new JflowError("INVALID_ARGUMENT", "the parameter routing must be a string or a number");
}

/**
 * Chooses the shards of a request. `takeTurn` counts the requests polled `ANY`. Throws
 * `INVALID_ARGUMENT` for documents that cannot be read.
 */
export function chooseRoute(call: RoutedCall, takeTurn: () => number): ShardRoute {
  const { deployment, endpoint, parts } = call;
  const { shards, routingShards } = deployment.spec;
  if (shards === 1) return { kind: "one", shard: 0 };
  const { polling, isWrite } = deployment.endpoint(endpoint);
  const [first] = parts;
  if (polling === "HASH" && parts.length > 1) {
    throw new JflowError(
      "UNIMPLEMENTED",
      `${deployment.name} joins branches with no_reduce, which HASH polling cannot route; use ANY or ALL`,
    );
  }
  const documents = polling === "HASH" && first ? first.documents : [];
  return planRoute({
    shards,
    routingShards,
    polling,
    isWrite,
    routingKey: readRoutingKey(call.parameters),
    turn: polling === "ANY" ? takeTurn() : 0,
    documents: documents.length,
    keyAt: (position) =>
      readRoutingTag(documents[position]!) ?? readDocumentId(documents[position]!),
  });
}
