import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EndpointSchema } from "../../../document/v2/endpoint-schema.ts";
import { toJflowError } from "../../../util/errors.ts";
import type { GatewaySpec } from "../../../model/replica.ts";
import { assertNever } from "../../../util/unreachable.ts";
import { toRequestStatus } from "../../../wire/jina/messages/request-status.ts";
import { failureToJson, statusToJson } from "../json/answer-json.ts";
import { replyProblem, replyV1, replyV2 } from "./answer-reply.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors.ts";
import { sendEvents, type EventReply } from "./event-stream.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import { bodyStatusOf, readBody } from "./http-body.ts";
import {
  EVENT_STREAM_HEADERS,
  readTarget,
  readUrl,
  replyDetail,
  replyHtml,
  replyJson,
  replyText,
  sendReply,
  type HttpReply,
} from "../../../wire/http/http-reply.ts";
import { findRoute, listRoutes, type HttpAction, type HttpRoutes } from "./http-routes.ts";
import { traceOf } from "./trace-of.ts";
import { httpStatusOf } from "../../../wire/http/http-status.ts";
import { describeOpenApi, renderDocsPage } from "./openapi.ts";
import { isProblem, readJsonRequest } from "../json/request-json.ts";
import { replyCatShards, replyClusterHealth } from "../../../wire/http/shard-pages.ts";
import { readStreamRequest, writeStream } from "../json/stream-json.ts";

/** The options of the HTTP front. */
export type HttpFrontOptions = Pick<
  GatewaySpec,
  | "maxMessageBytes"
  | "cors"
  | "title"
  | "description"
  | "noDebugEndpoints"
  | "noCrudEndpoints"
  | "exposeEndpoints"
>;

/** The statuses after which the same request may succeed. */
const RETRIED: ReadonlySet<number> = new Set([429, 503]);

/**
 * Answers HTTP requests to the flow as Jina's HTTP gateway does:
 * https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/gateway/http_fastapi_app.py
 */
export class HttpFront {
  readonly #flow: FlowService;
  readonly #options: HttpFrontOptions;
  #routes: { readonly endpoints: readonly string[]; readonly routes: HttpRoutes } | undefined;

  constructor(flow: FlowService, options: HttpFrontOptions) {
    this.#flow = flow;
    this.#options = options;
  }

  /** The listener of a `node:http` server. It answers every request and never throws. */
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController();
    // Each shard of a request listens.
    setMaxListeners(0, gone.signal);
    response.on("close", () => gone.abort());
    void this.#serve(request, response, gone.signal);
  };

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const reply = await this.#answer(request, signal);
    const closing = request.complete ? {} : { connection: "close" };
    const headers = {
      ...(this.#options.cors ? corsHeaders(request.headers) : {}),
      ...(RETRIED.has("status" in reply ? reply.status : 200) ? { "retry-after": "1" } : {}),
      ...closing,
    };
    if ("documents" in reply) await sendEvents(response, reply.documents, { headers, signal });
    else sendReply(response, reply, headers);
  }

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<HttpReply | EventReply> {
    try {
      const { method = "GET", headers } = request;
      const url = readUrl(request);
      const { path, query } = readTarget(request);
      if (this.#options.cors && isPreflight(method, headers))
        return replyText(200, "OK", preflightHeaders(headers));
      const hasDefault = this.#flow.endpoints.includes("/default");
      const action = findRoute(this.#currentRoutes(), { method, path, url, hasDefault });
      if ("status" in action) return action;
      if (action.kind === "stream") {
        if (method === "HEAD") return { status: 200, headers: EVENT_STREAM_HEADERS, body: "" };
        return await this.#stream({ request, query, endpoint: action.endpoint, signal });
      }
      return await this.#act(action, request, query, signal);
    } catch (thrown) {
      const error = toJflowError(thrown);
      return replyDetail(bodyStatusOf(error), error.message);
    }
  }

  /** Returns the routes of the current topology. */
  #currentRoutes(): HttpRoutes {
    const endpoints = this.#flow.endpoints;
    if (this.#routes?.endpoints !== endpoints) {
      const isStream = (endpoint: string): boolean =>
        this.#flow.findStreamSchema(endpoint) !== undefined;
      this.#routes = { endpoints, routes: listRoutes(this.#options, endpoints, isStream) };
    }
    return this.#routes.routes;
  }

  async #act(
    action: Exclude<HttpAction, { kind: "stream" }>,
    request: IncomingMessage,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    switch (action.kind) {
      case "post":
        return this.#post(request, undefined, signal);
      case "endpoint":
        return this.#post(request, action.endpoint, signal);
      case "catShards":
        return replyCatShards(await this.#flow.askShards(), query);
      case "clusterHealth":
        return replyClusterHealth(this.#flow.name, await this.#flow.askHealth());
      case "alive":
      case "dryRun":
      case "versions":
      case "openapi":
      case "docs":
        return this.#describe(action);
      default:
        return assertNever(action);
    }
  }

  #describe(
    action: Extract<HttpAction, { kind: "alive" | "dryRun" | "versions" | "openapi" | "docs" }>,
  ): HttpReply {
    const findSchema = (endpoint: string): EndpointSchema | undefined =>
      this.#flow.findSchema(endpoint, "");
    const findStreamSchema = (endpoint: string): EndpointSchema | undefined =>
      this.#flow.findStreamSchema(endpoint);
    const page = {
      ...this.#options,
      exposed: this.#options.exposeEndpoints,
      findSchema,
      findStreamSchema,
    };
    switch (action.kind) {
      case "alive":
        return replyJson(200, {});
      case "dryRun":
        return replyJson(200, statusToJson(this.#flow.dryRun()));
      case "versions":
        return replyJson(200, { jina: { jflow: this.#flow.version }, envs: {} });
      case "openapi":
        return replyJson(200, describeOpenApi(this.#currentRoutes(), page));
      case "docs":
        return replyHtml(200, renderDocsPage(this.#currentRoutes(), page));
      default:
        return assertNever(action);
    }
  }

  async #stream(asked: StreamAsked): Promise<HttpReply | EventReply> {
    const { request, query, endpoint, signal } = asked;
    const text = await this.#withBody(request, async (body) => body);
    const read = readStreamRequest({
      text,
      query,
      endpoint,
      schema: this.#flow.findStreamSchema(endpoint),
    });
    if (isProblem(read)) return replyProblem(read);
    return {
      documents: writeStream(
        this.#flow.streamDocument(read, { signal, ...traceOf(request, this.#flow) }),
      ),
    };
  }

  async #post(
    request: IncomingMessage,
    endpoint: string | undefined,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    return this.#withBody(request, (text) => this.#answerPost(request, text, { endpoint, signal }));
  }

  /** Counts the body from before it is read until `use` has ended. */
  async #withBody<T>(request: IncomingMessage, use: (text: string) => Promise<T>): Promise<T> {
    const share = this.#flow.bodies.open();
    try {
      return await use(await readBody(request, { maxBytes: this.#options.maxMessageBytes, share }));
    } finally {
      share.release();
    }
  }

  async #answerPost(
    request: IncomingMessage,
    text: string,
    { endpoint, signal }: { readonly endpoint: string | undefined; readonly signal: AbortSignal },
  ): Promise<HttpReply> {
    const read = readJsonRequest(text, this.#flow, endpoint);
    if (isProblem(read)) return replyProblem(read);
    try {
      const idempotencyKey = readIdempotencyKey(request.headersDistinct["idempotency-key"]);
      const answer = await this.#flow.handle(read.request, {
        signal,
        idempotencyKey,
        ...traceOf(request, this.#flow),
      });
      const { maxMessageBytes } = this.#options;
      const options = {
        maxBytes: maxMessageBytes,
        hidesEmbeddings: endpoint !== undefined && !read.keepsEmbeddings,
      };
      const reply = await (read.isV2 ? replyV2 : replyV1)(answer, options);
      this.#flow.noteSent(answer, Buffer.byteLength(reply.body));
      return reply;
    } catch (thrown) {
      const error = toJflowError(thrown);
      return replyJson(httpStatusOf(error), failureToJson(read.request, toRequestStatus(error)));
    }
  }
}

interface StreamAsked {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly endpoint: string;
  readonly signal: AbortSignal;
}
