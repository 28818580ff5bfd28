import type {
  ClientInput,
  ClientOptions,
  GatewayClient,
  PostOptions,
  StreamOptions,
} from "./client/client.ts";
import type { Document } from "./document/document.ts";

/**
 * The public API of jflow: what an executor's author or an embedding program needs, and nothing
 * else.
 */
export type { ClientInput, ClientOptions, PostOptions, StreamOptions } from "./client/client.ts";
export { compileFilter } from "./document/query/condition.ts";
export { Document } from "./document/document.ts";
export type { DocumentArray } from "./document/document.ts";
export type { DocumentInit } from "./document/document-init.ts";
export type { NamedScore } from "./document/v1/field-codecs.ts";
export { JflowError } from "./util/errors.ts";
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

/**
 * Posts documents to a running flow over gRPC. What that takes is loaded with the first call: an
 * executor imports this file too, and its process should not pay for a client.
 */
export class Client implements AsyncDisposable {
  readonly #options: ClientOptions;
  #connected: Promise<GatewayClient> | undefined;

  /** Connects when first used. */
  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /**
   * Posts documents and gives those of the answers. Reads the input only as fast as answers are
   * taken; nothing happens before they are. Throws a `JflowError`: that of the first request that
   * failed (`EXECUTOR_FAILED` where the executor threw), unless `onError` takes it.
   */
  async *post(endpoint: string, options: PostOptions = {}): AsyncGenerator<Document> {
    const client = await this.#connect();
    yield* client.post(endpoint, options);
  }

  /**
   * Sends one document to an endpoint that streams, and gives the documents that come back when
   * they come; leaving the loop ends the executor's method. Throws a `JflowError`:
   * `EXECUTOR_FAILED` where the executor threw.
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
   * Whether a request would get through the flow. Rejects with `UNAVAILABLE` where nobody answers.
   */
  async isFlowReady(timeoutMs?: number): Promise<boolean> {
    const client = await this.#connect();
    return client.isFlowReady(timeoutMs);
  }

  /** Requests on their way end with `CANCELLED`. */
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
