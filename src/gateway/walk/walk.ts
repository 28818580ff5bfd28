import { NEVER_CANCELLED } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { makeMerger } from "../merge/merger.ts";
import type { Caller } from "../routing/deadline.ts";
import { mergeAnswers } from "../scatter/combine-answers.ts";
import type { DeploymentAnswer } from "../scatter/deployment-call.ts";
import type { Scatter } from "../scatter/scatter.ts";
import type { Graph, GraphNode } from "../topology/graph.ts";
import { compileTargetPattern } from "../topology/target-pattern.ts";
import { compileCondition } from "./condition.ts";
import { resolveParameters } from "./parameters.ts";
import type { RouteTimes } from "./route-times.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** The collaborators of every walk. */
export interface WalkDeps {
  readonly scatter: Scatter;
  /** Sends a notice to the user. */
  readonly report: (notice: string) => void;
}

/** One request on its way through the graph. */
export interface WalkOptions {
  readonly graph: Graph;
  /**
   * The client's request, without the fields that executors do not receive (`target_executor`,
   * routes).
   */
  readonly request: DataRequest;
  readonly endpoint: string;
  /** A pattern on the names of deployments; `""` is all. */
  readonly targetExecutor: string;
  /** The idempotency key of the request. */
  readonly operation: string | undefined;
  readonly caller: Caller;
  readonly times: RouteTimes;
  /** Receives work that the answer does not wait for. */
  keep(work: Promise<unknown>): void;
}

/** The outcome of a node: an answer, or the documents that passed the node by. */
interface NodeOutcome {
  readonly answer: DataRequest;
  readonly isError: boolean;
  readonly error?: JflowError;
  /** The nodes whose executors worked on the documents. */
  readonly workers: ReadonlySet<GraphNode>;
  /** Whether the node passed the documents on without calling its executor. */
  readonly isPassedBy: boolean;
}

/** The flow's answer, and the answers of all deployments that led to it. */
export interface WalkOutcome {
  readonly end: NodeOutcome;
  readonly answers: readonly DeploymentAnswer[];
}

const BY_ID = makeMerger({ kind: "jina" });

/** One walk of a request through a flow's graph. */
export class GraphWalk {
  readonly #deps: WalkDeps;
  readonly #options: WalkOptions;
  readonly #isTarget: (deployment: string) => boolean;
  readonly #answers: DeploymentAnswer[] = [];

  /** Throws `INVALID_ARGUMENT` if `targetExecutor` is not a regular expression. */
  constructor(deps: WalkDeps, options: WalkOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#isTarget = compileTargetPattern(options.targetExecutor);
  }

  /**
   * Visits each node as soon as its parents have answered. A node passes its documents on if it is
   * not a target or does not bind the endpoint. An error ends its branch. The answer does not wait
   * for side branches.
   */
  async run(): Promise<WalkOutcome> {
    const { graph, request } = this.#options;
    const start = Promise.resolve<NodeOutcome>({
      answer: request,
      isError: false,
      workers: new Set(),
      isPassedBy: false,
    });
    const outcomes = new Map<GraphNode, Promise<NodeOutcome>>();
    for (const node of graph.nodes) {
      const parents = node.parents.map((parent) => outcomes.get(parent)!);
      const outcome = this.#visit(node, parents.length === 0 ? [start] : parents);
      outcomes.set(node, outcome);
      if (node === graph.end) continue;
      const settled = outcome.catch((error: unknown) => this.#noteFailure(node, error));
      if (node.isSide) this.#options.keep(settled);
    }
    const end = graph.end ? await outcomes.get(graph.end)! : await start;
    return { end, answers: this.#answers };
  }

  async #visit(node: GraphNode, parents: readonly Promise<NodeOutcome>[]): Promise<NodeOutcome> {
    const before = await Promise.all(parents);
    const failed = before.find(({ isError }) => isError);
    if (failed) return failed;
    const { name, spec } = node.deployment;
    const { times, endpoint } = this.#options;
    times.start(name);
    const workers = new Set(before.flatMap((part) => [...part.workers]));
    const { leading, idle } = separateIdle(before);
    const isTarget = this.#isTarget(name);
    if (isTarget && node.deployment.endpoint(endpoint).isBound) {
      const parts = spec.noReduce ? before : [...leading, ...idle];
      const asked = await this.#ask(node, filterParts(spec.when, answersOf(parts)));
      return { ...asked, workers: workers.add(node), isPassedBy: false };
    }
    // Stock Jina still calls docarray v1 executors, but skips docarray v2 executors.
    if (isTarget && spec.schemas === undefined) times.end(name);
    return { answer: reduceParts(answersOf(leading)), isError: false, workers, isPassedBy: true };
  }

  async #ask(
    node: GraphNode,
    parts: readonly DataRequest[],
  ): Promise<Pick<NodeOutcome, "answer" | "isError" | "error">> {
    const { deployment, isSide } = node;
    const { request, endpoint, operation, caller, times } = this.#options;
    const { name, spec } = deployment;
    const parameters = resolveParameters(request.parameters, name);
    const given = spec.noReduce ? parts : [reduceParts(parts)];
    const sources = given.length > 1 ? node.parents.map((parent) => parent.deployment.name) : [];
    const asking = this.#deps.scatter.ask({
      deployment,
      endpoint,
      parts: given.map((part, index) => makeNodeRequest(request, part, parameters, sources[index])),
      parameters,
      ...(sources.length > 0 ? { sources } : {}),
      operation,
      caller: isSide ? { ...caller, signal: NEVER_CANCELLED } : caller,
    });
    const answer = await asking.catch((error: unknown) => {
      throw nameLate(error, name, caller);
    });
    const { response, isError, error } = answer;
    times.end(name, response.header.status);
    if (!isSide) this.#answers.push(answer);
    else if (isError) this.#noteFailure(node, error ?? response.header.status?.description);
    return { answer: response, isError, ...(error ? { error } : {}) };
  }

  /** Reports a failure on a branch that the answer does not wait for. */
  #noteFailure({ isSide, deployment }: GraphNode, error: unknown): void {
    if (!isSide) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#deps.report(`the side branch ${deployment.name} failed: ${reason}`);
  }
}

/** Adds to an exceeded deadline which deployment was late, and the key that set the deadline. */
function nameLate(error: unknown, deployment: string, { flowTimeoutMs }: Caller): unknown {
  if (!(error instanceof JflowError) || error.code !== "DEADLINE_EXCEEDED") return error;
  const key =
    flowTimeoutMs === undefined
      ? ""
      : `; the limit is "timeout_send: ${flowTimeoutMs}ms" of the gateway`;
  return new JflowError(error.code, `executor ${deployment} is late: ${error.message}${key}`, {
    cause: error,
  });
}

function answersOf(parts: readonly NodeOutcome[]): readonly DataRequest[] {
  return parts.map(({ answer }) => answer);
}

/**
 * Separates the branches that meet at a node. A branch that was passed by is idle if another branch
 * has all of its work and more: its documents are an earlier state and must not win over the
 * others.
 */
function separateIdle(parts: readonly NodeOutcome[]): {
  readonly leading: readonly NodeOutcome[];
  readonly idle: readonly NodeOutcome[];
} {
  const isIdle = ({ isPassedBy, workers: own }: NodeOutcome): boolean =>
    isPassedBy &&
    parts.some(
      ({ workers }) => workers.size > own.size && [...own].every((node) => workers.has(node)),
    );
  return { leading: parts.filter((part) => !isIdle(part)), idle: parts.filter(isIdle) };
}

/** Merges the documents of the branches that meet here; returns those of one branch as they are. */
function reduceParts(parts: readonly DataRequest[]): DataRequest {
  return parts.length === 1
    ? parts[0]!
    : mergeAnswers(parts, BY_ID, { endpoint: "", parameters: {} });
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
 * Returns the client's request with the documents that came this far and the parameters of the
 * deployment.
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
