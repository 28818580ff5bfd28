import { JflowError } from "../../util/errors.ts";
import { pollingOf } from "../../model/polling.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { readDocumentId, readRoutingTag } from "../../document/scan/document-values.ts";
import { planRoute, type Route } from "./shard-route.ts";

/** What the route of a request depends on. */
export interface RoutedCall {
  readonly deployment: TopologyDeployment;
  readonly endpoint: string;
  readonly parts: readonly DataRequest[];
  /** The deployment's own. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Whether the method that handles the endpoint changes state. */
export function isWrite(deployment: TopologyDeployment, endpoint: string): boolean {
  const { writes, endpoints } = deployment;
  if (writes.includes(endpoint)) return true;
  return writes.includes("/default") && !(endpoints ?? []).includes(endpoint);
}

function readRoutingKey(parameters: Readonly<Record<string, unknown>>): string | undefined {
  const { routing } = parameters;
  if (routing === undefined || routing === null) return undefined;
  if (typeof routing === "string" || typeof routing === "number") return String(routing);
  throw new JflowError("INVALID_ARGUMENT", "parameter routing must be text or a number");
}

/**
 * The shards of a request. `takeTurn` counts the requests polled `ANY`. Throws `INVALID_ARGUMENT`
 * for documents that cannot be looked into.
 */
export function chooseRoute(call: RoutedCall, takeTurn: () => number): Route {
  const { deployment, endpoint, parts } = call;
  const { shards, routingShards } = deployment;
  if (shards === 1) return { kind: "one", shard: 0 };
  const polling = pollingOf(deployment.polling, endpoint);
  const [first] = parts;
  if (polling === "HASH" && parts.length > 1) {
    throw new JflowError(
      "UNIMPLEMENTED",
      `${deployment.name}: no_reduce at a join cannot be routed by HASH`,
    );
  }
  const documents = polling === "HASH" && first ? first.documents : [];
  return planRoute({
    shards,
    routingShards,
    polling,
    isWrite: isWrite(deployment, endpoint),
    routingKey: readRoutingKey(call.parameters),
    turn: polling === "ANY" ? takeTurn() : 0,
    documents: documents.length,
    keyAt: (position) =>
      readRoutingTag(documents[position]!) ?? readDocumentId(documents[position]!),
  });
}
