/// <reference lib="esnext.disposable" preserve="true" />
/// <reference types="node" preserve="true" />
import type {
  ClientInput,
  ClientOptions,
  GatewayClient,
  PostOptions,
  StreamOptions,
} from "./client/client.ts";
import type { Document } from "./document/document.ts";

/** The public API of jflow, for executors and for programs that talk to a flow. */
export type { ClientInput, ClientOptions, PostOptions, StreamOptions } from "./client/client.ts";
export { compileFilter } from "./document/query/condition.ts";
export { Document } from "./document/document.ts";
export type { DocumentArray } from "./document/document.ts";
export type { DocumentInit } from "./document/document-init.ts";
export type { NamedScore } from "./document/v1/field-codecs.ts";
export { JflowError, RequestRefusal } from "./util/errors.ts";
export type { ErrorCode, ExceptionDetails } from "./util/errors.ts";
export { Executor } from "./model/executor.ts";
export type {
  ExecutorClass,
  ExecutorInstance,
  ExecutorLog,
  ExecutorPlace,
  ExecutorResult,
  RequestContext,
} from "./model/executor.ts";
export type { NdArray } from "./document/values/nd-array.ts";
export type { SparseVector } from "./document/values/sparse-vector.ts";
export type { Polling, PollingTable } from "./model/polling.ts";
export type { TraceContext } from "./util/tracing/trace-context.ts";

/**
 * Posts documents to a running flow over gRPC. The first call loads the client: executors import
 * this file as well, and do not need it.
 *
 * ```ts
 * await using client = new Client({ port: 8080 });
 * const inputs = [{ text: "hello" }, { text: "world" }];
 * for await (const document of client.post("/index", { inputs })) console.log(document.id);
 * ```
 */
export class Client implements AsyncDisposable {
  readonly #options: ClientOptions;
  #connected: Promise<GatewayClient> | undefined;

  /** Connects with the first request, to `127.0.0.1:8080` unless `options` name another gateway. */
  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /**
   * Posts documents and yields the documents of the answers. Reads the input as fast as the caller
   * takes answers, and sends the first request when the caller takes the first one. Throws the
   * `JflowError` of the first failed request (`EXECUTOR_FAILED` if the executor threw), unless
   * `onError` is given. Throws `UNIMPLEMENTED` before the first request if no executor binds the
   * endpoint.
   */
  async *post(endpoint: string, options: PostOptions = {}): AsyncGenerator<Document> {
    const client = await this.#connect();
    yield* client.post(endpoint, options);
  }

  /**
   * Sends one document to a streaming endpoint and yields the documents of the answer as they
   * arrive. Leaving the loop ends the method of the executor. Throws a `JflowError`
   * (`EXECUTOR_FAILED` if the executor threw).
   */
  async *streamDoc(
    endpoint: string,
    input: ClientInput,
    options: StreamOptions = {},
  ): AsyncGenerator<Document> {
    const client = await this.#connect();
    yield* client.streamDoc(endpoint, input, options);
  }

  /**
   * Returns whether the flow is ready for requests. Rejects with `UNAVAILABLE` if no gateway
   * answers.
   */
  async isFlowReady(timeoutMs?: number): Promise<boolean> {
    const client = await this.#connect();
    return client.isFlowReady(timeoutMs);
  }

  /** Closes the connection. Requests in flight end with `CANCELLED`. */
  async close(): Promise<void> {
    const client = await this.#connected;
    client?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #connect(): Promise<GatewayClient> {
    this.#connected ??= this.#load();
    return this.#connected;
  }

  async #load(): Promise<GatewayClient> {
    const { GatewayClient } = await import("./client/client.ts");
    return new GatewayClient(this.#options);
  }
}
