import { createHash, randomUUID } from "node:crypto";
import { toOneFormat } from "../../document/translation/to-format.ts";
import { JflowError } from "../../util/errors.ts";
import type { DataRequest, DataRequestChanges } from "../../wire/jina/messages/data-request.ts";
import type { DocumentRequest } from "../../wire/jina/messages/document-request.ts";
import { readDocumentId, withDocumentId } from "../../document/scan/document-values.ts";
import type { RequestHeader } from "../../wire/jina/messages/header.ts";
import { RequestContent } from "../../wire/jina/messages/request-content.ts";
import { toRequestStatus } from "../../wire/jina/messages/request-status.ts";
import { Admission } from "./admission.ts";
import { adoptFormat, restoreFormat } from "../walk/document-format.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { askDeployment, type DeploymentAnswer, type Reach } from "../scatter/ask-deployment.ts";
import type { Caller } from "../routing/deadline.ts";
import { addReports, type ShardsReport } from "../scatter/shards-report.ts";
import { ShardWriters } from "../write/shard-writers.ts";
import { streamDocument } from "../stream/stream-document.ts";
import { restoreOrder } from "../walk/condition.ts";
import { mergeResults, readResults } from "../walk/parameters.ts";
import { compilePythonMatch } from "../topology/target-pattern.ts";
import { RouteTimes } from "../walk/route-times.ts";
import { walkGraph, type NodeCall, type Walk, type WalkOutcome } from "../walk/walk.ts";

/** What a front knows of a request beside its bytes. */
export interface FrontCall {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** The client's own deadline, in milliseconds since 1970. */
  readonly deadlineMs?: number | undefined;
  /** The client's name of this request, unique for ever: repeating it repeats no write. */
  readonly idempotencyKey?: string | undefined;
}

/** The answer to one request. */
export interface Answer {
  readonly response: DataRequest;
  /** Why a write was not acknowledged; `header.status` says it too. */
  readonly error?: JflowError;
  /** What `parameters._shards` says, where it says something. */
  readonly shards?: ShardsReport;
}

/** Settings of `RequestHandler`. */
export interface HandlerOptions {
  readonly live: LiveTopology;
  /** A request's time where the client gives none, in milliseconds. */
  readonly timeoutSendMs?: number | undefined;
  readonly report: (notice: string) => void;
}

const NEVER_ABORTED = new AbortController().signal;

/** Milliseconds since 1970, with fractions. */
function readClock(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Answers the requests of all fronts: ids, deadline, graph walk, and what Jina's clients expect of
 * an answer.
 */
export class RequestHandler {
  readonly #options: HandlerOptions;
  readonly #reach: Reach;
  readonly #admission = new Admission();

  constructor(options: HandlerOptions) {
    this.#options = options;
    this.#reach = { live: options.live, writers: new ShardWriters(options.live) };
  }

  /** Takes no new request; resolves when the last one is answered. */
  async finish(): Promise<void> {
    await this.#admission.close();
  }

  /**
   * Answers a request. What an executor threw and writes that were not acknowledged are
   * answers with `header.status` ERROR; all other failures reject with a `JflowError`.
   */
  async handle(request: DataRequest, front: FrontCall): Promise<Answer> {
    const leave = this.#enter(request.size);
    try {
      return await this.#answer(request, front);
    } finally {
      leave();
    }
  }

  /**
   * Answers one document with those that one executor gives, by the rules of `streamDocument`.
   */
  async *streamDocument(
    request: DocumentRequest,
    front: FrontCall,
  ): AsyncGenerator<DocumentRequest> {
    const leave = this.#enter(request.size);
    try {
      const caller = { signal: front.signal, deadlineMs: this.#deadline(request.header, front) };
      yield* streamDocument(this.#options.live, request, caller);
    } finally {
      leave();
    }
  }

  #enter(size: number): () => void {
    if (!this.#options.live.isReady) throw new JflowError("UNAVAILABLE", "the flow is starting");
    if (size === 0)
      throw new JflowError("INVALID_ARGUMENT", "the message is empty: no header, no data");
    return this.#admission.enter(size);
  }

  async #answer(given: DataRequest, front: FrontCall): Promise<Answer> {
    const times = new RouteTimes(readClock);
    given.check();
    const adopted = adoptFormat(given, this.#options.live.findSchema(given.header));
    const original = adopted ?? given;
    const request = makeWalkRequest(original, front.idempotencyKey);
    const walk = this.#makeWalk(original.header, request, front, times);
    const answer = finishAnswer(original, request, walk, await walkGraph(walk));
    return adopted === undefined ? answer : { ...answer, response: restoreFormat(answer.response) };
  }

  #makeWalk(
    header: RequestHeader,
    request: DataRequest,
    front: FrontCall,
    times: RouteTimes,
  ): Walk {
    const { live, report } = this.#options;
    const isTarget =
      header.targetExecutor === "" ? () => true : compilePythonMatch(header.targetExecutor);
    const caller = { signal: front.signal, deadlineMs: this.#deadline(header, front) };
    const operation = front.idempotencyKey;
    const { graph } = live;
    const ask = async (call: NodeCall): Promise<DeploymentAnswer> => {
      const isSide = !graph.leadingToEnd.has(call.node);
      const { deployment } = call.node;
      const own: Caller = isSide ? { ...caller, signal: NEVER_ABORTED } : caller;
      return askDeployment(this.#reach, {
        ...call,
        deployment,
        endpoint: header.execEndpoint,
        operation,
        caller: own,
      });
    };
    const onSideFailure = (name: string, error: unknown): void =>
      report(
        `${name}, a side branch, failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    return { graph, request, endpoint: header.execEndpoint, isTarget, ask, times, onSideFailure };
  }

  #deadline(header: RequestHeader, front: FrontCall): number | undefined {
    if (front.deadlineMs !== undefined) return front.deadlineMs;
    const { timeoutSeconds } = header;
    const timeoutMs =
      timeoutSeconds === undefined || timeoutSeconds === 0
        ? this.#options.timeoutSendMs
        : timeoutSeconds * 1_000;
    return timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  }
}

/**
 * The request as it goes through the graph: each document with an id; without target and routes,
 * which executors do not get.
 */
function makeWalkRequest(original: DataRequest, idempotencyKey: string | undefined): DataRequest {
  const { header } = original;
  const documents =
    original.contentKind === "docs" ? addIds(original.documents, idempotencyKey) : undefined;
  return original.with({
    ...(header.targetExecutor === "" ? {} : { header: { ...header, targetExecutor: "" } }),
    ...(original.hasRoutes ? { routes: [] } : {}),
    ...(documents ? { documents } : {}),
  });
}

/**
 * Undefined where each document has one. With a key they follow from it, so that a repeat goes to
 * the same shards.
 */
function addIds(
  documents: readonly Uint8Array[],
  idempotencyKey: string | undefined,
): Uint8Array[] | undefined {
  if (documents.every((document) => readDocumentId(document) !== "")) return undefined;
  return documents.map((document, position) => {
    if (readDocumentId(document) !== "") return document;
    return withDocumentId(document, makeDocumentId(idempotencyKey, position));
  });
}

function makeDocumentId(idempotencyKey: string | undefined, position: number): string {
  if (idempotencyKey === undefined) return randomUUID().replaceAll("-", "");
  return createHash("sha256").update(`${idempotencyKey}\n${position}`).digest("hex").slice(0, 32);
}

/**
 * The answer as a client gets it: its own header and parameters, the end's documents, all
 * `__results__`, the routes.
 */
function finishAnswer(
  original: DataRequest,
  request: DataRequest,
  walk: Walk,
  outcome: WalkOutcome,
): Answer {
  const { end, answers } = outcome;
  const status = end.error ? toRequestStatus(end.error) : end.answer.header.status;
  const { status: _, ...header } = request.header;
  const shards = addReports(answers.flatMap((answer) => answer.shards ?? []));
  const parameters = finishParameters(original.parameters, answers, shards);
  const response = request.with({
    ...(request.header.status || status
      ? { header: { ...header, ...(status ? { status } : {}) } }
      : {}),
    ...(parameters ? { parameters } : {}),
    ...chooseData(request, walk, end.answer),
    routes: walk.times.list(walk.graph.routeOrder),
  });
  return { response, ...(end.error ? { error: end.error } : {}), ...(shards ? { shards } : {}) };
}

function chooseData(request: DataRequest, walk: Walk, answer: DataRequest): DataRequestChanges {
  if (answer === request) return {};
  const { content } = answer;
  if (content.kind !== "docs") return { content };
  const isConditional = walk.graph.nodes.some(({ deployment }) => deployment.when !== undefined);
  if (isConditional) return { documents: restoreOrder(content.documents, request.documents) };
  const isTold = request.contentKind === "docs_bytes" || request.documents.length > 0;
  return { content: isTold ? content : chooseFormat(content) };
}

/** Shards may hold both docarray formats, and the request does not say which one its client reads. */
function chooseFormat(content: RequestContent): RequestContent {
  const alike = toOneFormat(content.documents);
  return alike === content.documents ? content : RequestContent.of(alike);
}

/** Undefined: the client's own. */
function finishParameters(
  own: Readonly<Record<string, unknown>>,
  answers: readonly DeploymentAnswer[],
  shards: ShardsReport | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const results = mergeResults(answers.map(({ response }) => readResults(response.parameters)));
  const hasResults = Object.keys(results).length > 0;
  if (!hasResults && !shards) return undefined;
  return {
    ...own,
    ...(hasResults ? { __results__: results } : {}),
    ...(shards ? { _shards: shards } : {}),
  };
}
