import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { DeploymentAnswer } from "../scatter/ask-deployment.ts";
import { mergeAnswers } from "../scatter/combine-answers.ts";
import { makeMerger } from "../merge/merger.ts";
import { compileCondition } from "./condition.ts";
import { isBound, type Graph, type GraphNode } from "../topology/graph.ts";
import { resolveParameters } from "./parameters.ts";
import type { RouteTimes } from "./route-times.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** What a node of the graph asks its deployment. */
export interface NodeCall {
  readonly node: GraphNode;
  readonly parts: readonly DataRequest[];
  /** Of several parts: the deployment each came from. */
  readonly sources?: readonly string[];
  readonly parameters: Parameters;
}

/** One walk through a flow's graph. */
export interface Walk {
  readonly graph: Graph;
  /** The client's request, without what executors do not get (`target_executor`, routes). */
  readonly request: DataRequest;
  readonly endpoint: string;
  /** Whether `target_executor` names this deployment. */
  isTarget(deployment: string): boolean;
  ask(call: NodeCall): Promise<DeploymentAnswer>;
  readonly times: RouteTimes;
  /** What failed on a branch that the answer does not wait for. */
  onSideFailure(deployment: string, error: unknown): void;
}

/** What came out of a node: an answer, or what passed it by. */
interface NodeOutcome {
  readonly answer: DataRequest;
  readonly isError: boolean;
  readonly error?: DeploymentAnswer["error"];
}

/** The flow's answer, and those of all deployments that led to it. */
export interface WalkOutcome {
  readonly end: NodeOutcome;
  readonly answers: readonly DeploymentAnswer[];
}

const BY_ID = makeMerger({ kind: "jina" });

/**
 * Walks a request through the graph: each node as soon as its parents have answered. A node whose
 * endpoint is not bound or that is not a target passes its documents on; an error ends its branch.
 * Branches that do not lead to the end run on and are not waited for.
 */
export async function walkGraph(walk: Walk): Promise<WalkOutcome> {
  const { graph, request } = walk;
  const start = Promise.resolve<NodeOutcome>({ answer: request, isError: false });
  const answers: DeploymentAnswer[] = [];
  const outcomes = new Map<GraphNode, Promise<NodeOutcome>>();
  for (const node of graph.nodes) {
    const parents = node.parents.map((parent) => outcomes.get(parent)!);
    const outcome = visitNode(walk, node, parents.length === 0 ? [start] : parents, answers);
    outcomes.set(node, outcome);
    if (node !== graph.end) outcome.catch((error: unknown) => reportSide(walk, node, error));
  }
  const end = graph.end ? await outcomes.get(graph.end)! : await start;
  return { end, answers };
}

function reportSide(walk: Walk, node: GraphNode, error: unknown): void {
  if (!walk.graph.leadingToEnd.has(node)) walk.onSideFailure(node.deployment.name, error);
}

async function visitNode(
  walk: Walk,
  node: GraphNode,
  parents: readonly Promise<NodeOutcome>[],
  answers: DeploymentAnswer[],
): Promise<NodeOutcome> {
  const before = await Promise.all(parents);
  const failed = before.find(({ isError }) => isError);
  if (failed) return failed;
  const { name, when } = node.deployment;
  walk.times.start(name);
  const reached = before.map(({ answer }) => answer);
  const isTarget = walk.isTarget(name);
  if (isTarget && isBound(node.deployment, walk.endpoint))
    return askNode(walk, node, filterParts(when, reached), answers);
  // Stock Jina asks executors of docarray v1 nevertheless, those of docarray v2 it passes by.
  if (isTarget && node.deployment.schemas === undefined) walk.times.end(name);
  return { answer: reduceParts(reached), isError: false };
}

async function askNode(
  walk: Walk,
  node: GraphNode,
  parts: readonly DataRequest[],
  answers: DeploymentAnswer[],
): Promise<NodeOutcome> {
  const { name, noReduce } = node.deployment;
  const parameters = resolveParameters(walk.request.parameters, name);
  const given = noReduce ? parts : [reduceParts(parts)];
  const sources = given.length > 1 ? node.parents.map((parent) => parent.deployment.name) : [];
  const requests = given.map((part, index) =>
    makeNodeRequest(walk.request, part, parameters, sources[index]),
  );
  const answer = await walk.ask({
    node,
    parts: requests,
    parameters,
    ...(sources.length > 0 ? { sources } : {}),
  });
  walk.times.end(name, answer.response.header.status);
  if (walk.graph.leadingToEnd.has(node)) answers.push(answer);
  else if (answer.isError)
    walk.onSideFailure(name, answer.error ?? answer.response.header.status?.description);
  return {
    answer: answer.response,
    isError: answer.isError,
    ...(answer.error ? { error: answer.error } : {}),
  };
}

/** The documents of the branches that meet here as one; those of one branch as they are. */
function reduceParts(parts: readonly DataRequest[]): DataRequest {
  return parts.length === 1 ? parts[0]! : mergeAnswers(parts, BY_ID, {});
}

function filterParts(
  when: Parameters | undefined,
  parts: readonly DataRequest[],
): readonly DataRequest[] {
  if (when === undefined) return parts;
  const test = compileCondition(when);
  return parts.map((part) => {
    const documents = part.documents.filter(test);
    return documents.length === part.documents.length ? part : part.with({ documents });
  });
}

/**
 * What a node's executor gets: the client's request with the documents that came this far and the
 * parameters that are its own.
 */
function makeNodeRequest(
  request: DataRequest,
  part: DataRequest,
  parameters: Parameters,
  source?: string,
): DataRequest {
  return request.with({
    ...(part === request ? {} : { content: part.content }),
    ...(parameters === request.parameters ? {} : { parameters }),
    ...(source === undefined ? {} : { routes: [{ executor: source }] }),
  });
}
