import type { ControlAnswer, ControlRequest } from "../../model/control/messages.ts";
import type { HealthReport, ShardStatus } from "../../model/control/status.ts";
import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { JflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { DocumentRequest } from "../../wire/jina/messages/document-request.ts";
import type { RequestStatus } from "../../wire/jina/messages/header.ts";
import { findStreamSchema } from "../stream/choose-streamer.ts";
import { BodyBudget } from "./body-budget.ts";
import type { EndpointQuery } from "./check-endpoint.ts";
import { dryRun } from "./dry-run.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import type { RequestObserver } from "../observe/request-observer.ts";
import { codeOfAnswer } from "../observe/request-end.ts";
import type { Answer } from "./finish-answer.ts";
import type { FrontCall, RequestHandler } from "./request-handler.ts";

const ASK_MS = 5_000;

/** The collaborators of `FlowService`. */
export interface FlowServiceDeps {
  readonly live: LiveTopology;
  readonly handler: RequestHandler;
  readonly observer: RequestObserver;
  /** Asks the supervisor. */
  readonly ask: (request: ControlRequest, timeoutMs: number) => Promise<ControlAnswer>;
}

/** The flow as all fronts serve it, in any protocol. */
export class FlowService {
  readonly name: string;
  readonly version: string;
  /** Bounds the bodies of all HTTP and WebSocket listeners. */
  readonly bodies = new BodyBudget();
  readonly #deps: FlowServiceDeps;

  constructor(deps: FlowServiceDeps, { name, version }: { name: string; version: string }) {
    this.name = name;
    this.version = version;
    this.#deps = deps;
  }

  /** Rejects with a `JflowError`. */
  async handle(request: DataRequest, call: FrontCall): Promise<Answer> {
    return this.#deps.handler.handle(request, call);
  }

  /** Whether requests may have a trace. */
  get isTraced(): boolean {
    return this.#deps.observer.isTraced;
  }

  /** Counts the bytes of an answer that a front has written. */
  noteSent(answer: Answer, bytes: number): void {
    if (codeOfAnswer(answer) === undefined) this.#deps.observer.noteSent(bytes);
  }

  /** Answers one document with many; rejects with a `JflowError`. */
  streamDocument(request: DocumentRequest, call: FrontCall): AsyncIterable<DocumentRequest> {
    return this.#deps.handler.streamDocument(request, call);
  }

  /** Reports whether every shard can be reached, and whether an executor binds the endpoint. */
  dryRun(query?: EndpointQuery): RequestStatus {
    return dryRun(this.#deps.live, query);
  }

  get isReady(): boolean {
    return this.#deps.live.facts.isReady;
  }

  /**
   * Returns all endpoints that the executors of the flow bind. Each topology has a new list object.
   */
  get endpoints(): readonly string[] {
    return this.#deps.live.facts.endpoints;
  }

  /** Returns whether an executor of the flow reads docarray v2 documents. */
  get usesV2(): boolean {
    return this.#deps.live.facts.usesV2;
  }

  /**
   * Returns the schemas of an endpoint's documents if the executors read docarray v2. Undefined if
   * they read docarray v1 or do not bind the endpoint.
   */
  findSchema(endpoint: string, targetExecutor: string): EndpointSchema | undefined {
    return this.#deps.live.facts.findSchema({ endpoint, targetExecutor });
  }

  /**
   * Returns the schemas of an endpoint that answers one document with many. Undefined for any other
   * endpoint, and if the executor reports no schema (docarray v1).
   */
  findStreamSchema(endpoint: string): EndpointSchema | undefined {
    return findStreamSchema(this.#deps.live.facts.graph, endpoint);
  }

  /** Asks the supervisor. Rejects with `UNAVAILABLE` if it does not answer. */
  async askShards(): Promise<readonly ShardStatus[]> {
    const answer = await this.#deps.ask({ ask: "shards" }, ASK_MS);
    if ("shards" in answer) return answer.shards;
    throw refuse(answer);
  }

  /** Asks the supervisor. Rejects with `UNAVAILABLE` if it does not answer. */
  async askHealth(): Promise<HealthReport> {
    const answer = await this.#deps.ask({ ask: "health" }, ASK_MS);
    if ("health" in answer) return answer.health;
    throw refuse(answer);
  }
}

function refuse(answer: ControlAnswer): JflowError {
  return new JflowError(
    "UNAVAILABLE",
    answer.ok ? "the supervisor sent an unexpected answer" : answer.message,
  );
}
