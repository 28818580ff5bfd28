import { Document } from "../document/document.ts";
import { JflowError } from "../util/errors.ts";
import {
  JinaPeer,
  type JinaCallOptions,
  type JinaPeerOptions,
} from "../wire/jina/client/jina-peer.ts";
import { METADATA } from "../wire/jina/jina-methods.ts";
import { fromRequestStatus } from "../wire/jina/messages/request-status.ts";
import { makeRequestId, type DataRequest } from "../wire/jina/messages/data-request.ts";
import { DocumentRequest } from "../wire/jina/messages/document-request.ts";
import { takeDocuments } from "../wire/jina/client/document-stream.ts";
import { DEFAULT_LIMITS, type PostOutcome } from "./batches.ts";
import { toInput, type InputDocument } from "./reading/items/input.ts";
import { postBatches, type BatchPostOptions } from "./post-batches.ts";
import type { DocumentInit } from "../document/document-init.ts";

export type { Batch, PostOutcome } from "./batches.ts";
export { expandGlob } from "./reading/expand-glob.ts";
export type { InputDocument, InputItem, InputLocation } from "./reading/items/input.ts";
export { toInput } from "./reading/items/input.ts";
export type { InputFile } from "./reading/input-file.ts";
export { readFieldMap } from "./reading/items/field-map.ts";
export type { ReadOptions } from "./reading/read-input.ts";
export { readInput } from "./reading/read-input.ts";

/** The address of the gateway, and how to connect to it. */
export interface ClientOptions extends JinaPeerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The gateway's gRPC port; default 8080. */
  readonly port?: number;
}

/** A document to send: a `Document`, its fields, or its bytes (Jina's `DocumentProto`). */
export type ClientInput = Document | DocumentInit | Uint8Array;

export interface PostOptions {
  /** The documents to send. Without any, one request without documents is sent. */
  readonly inputs?: AsyncIterable<ClientInput> | Iterable<ClientInput>;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** A regular expression. Only executors whose name matches handle the request. */
  readonly targetExecutor?: string;
  /** The maximum number of documents of a request. Default 100. A request also ends at 1 MB. */
  readonly requestSize?: number;
  /** The maximum number of requests in flight. Default 8. */
  readonly concurrency?: number;
  /** Whether answers keep the order of the input. Default true. */
  readonly resultsInOrder?: boolean;
  /** The timeout of each request, in milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Called for each failed request; the other requests continue. By default, the first error is
   * thrown.
   */
  readonly onError?: (error: JflowError, outcome: Extract<PostOutcome, { ok: false }>) => void;
  /**
   * Called for each answer. Its parameters hold what executors returned in addition to documents.
   */
  readonly onResponse?: (response: DataRequest) => void;
}

/** The options of a request to a streaming endpoint. The timeout is that of the whole answer. */
export type StreamOptions = Pick<
  PostOptions,
  "parameters" | "targetExecutor" | "timeoutMs" | "signal"
>;

/** How long a question about the flow may take. */
const CHECK_MS = 5000;

/** Posts documents to a running flow over gRPC. */
export class GatewayClient implements AsyncDisposable {
  readonly #peer: JinaPeer;
  /** The pairs of endpoint and target that an executor binds. */
  readonly #bound = new Set<string>();

  /** Connects with the first request. Throws `INVALID_ARGUMENT` if `caFile` cannot be read. */
  constructor(options: ClientOptions = {}) {
    const { host = "127.0.0.1", port = 8080, ...peerOptions } = options;
    this.#peer = new JinaPeer(`${host.includes(":") ? `[${host}]` : host}:${port}`, peerOptions);
  }

  /**
   * Posts documents and yields the documents of the answers. Reads the input as fast as the caller
   * takes answers, and sends the first request when the caller takes the first one. Throws the
   * `JflowError` of the first failed request (`EXECUTOR_FAILED` if the executor threw), unless
   * `onError` is given. Throws `UNIMPLEMENTED` before the first request if no executor binds the
   * endpoint.
   */
  async *post(endpoint: string, options: PostOptions = {}): AsyncGenerator<Document> {
    await this.#assertBound(endpoint, options);
    for await (const outcome of this.postBatches(
      endpoint,
      toInputs(options.inputs ?? []),
      options,
    )) {
      if (!outcome.ok) {
        if (!options.onError) throw outcome.error;
        options.onError(outcome.error, outcome);
        continue;
      }
      options.onResponse?.(outcome.response);
      for (const bytes of outcome.response.documents) yield Document.decode(bytes);
    }
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
    const { parameters, targetExecutor = "", ...call } = options;
    const request = DocumentRequest.make({
      header: { requestId: makeRequestId(), execEndpoint: endpoint, targetExecutor },
      document: input instanceof Uint8Array ? input : toDocument(input).encode(),
      ...(parameters ? { parameters } : {}),
    }).toBytes();
    for await (const bytes of takeDocuments(this.#peer.streamDoc(request, call)))
      yield Document.decode(bytes);
  }

  /**
   * Posts documents like `post`, but yields one outcome per request, with encoded documents and the
   * locations of the input.
   */
  async *postBatches(
    endpoint: string,
    inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
    options: Omit<PostOptions, "inputs" | "onError" | "onResponse"> &
      Pick<BatchPostOptions, "stopReading" | "splitFailed"> = {},
  ): AsyncGenerator<PostOutcome> {
    const { requestSize, concurrency = 8, resultsInOrder = true, ...rest } = options;
    const batchOptions: BatchPostOptions = {
      ...rest,
      endpoint,
      limits: {
        ...DEFAULT_LIMITS,
        documents: atLeastOne("requestSize", requestSize ?? DEFAULT_LIMITS.documents),
      },
      concurrency: atLeastOne("concurrency", concurrency),
      resultsInOrder,
    };
    yield* postBatches(this.#peer, inputs, batchOptions);
  }

  /**
   * Returns whether the flow is ready for requests. Rejects with `UNAVAILABLE` if no gateway
   * answers.
   */
  async isFlowReady(timeoutMs = CHECK_MS): Promise<boolean> {
    return (await this.#peer.dryRun({ timeoutMs })).code === "SUCCESS";
  }

  /**
   * Rejects with `UNIMPLEMENTED` if no executor of the flow binds the endpoint, and with
   * `INVALID_ARGUMENT` if no executor matches `targetExecutor`. Resolves if the gateway does not
   * answer or does not know: requests then report the reason.
   */
  async checkEndpoint(endpoint: string, targetExecutor = "", timeoutMs = CHECK_MS): Promise<void> {
    const metadata = { [METADATA.endpoint]: endpoint, [METADATA.target]: targetExecutor };
    if (await this.#check({ metadata, timeoutMs })) this.#bound.add(keyOf(metadata));
  }

  /**
   * Checks the endpoint before its first request. A `/default` method binds every endpoint: a
   * program may mean one that looks like a typo.
   */
  async #assertBound(endpoint: string, options: PostOptions): Promise<void> {
    const { targetExecutor = "", timeoutMs = CHECK_MS, signal } = options;
    const query = { [METADATA.endpoint]: endpoint, [METADATA.target]: targetExecutor };
    if (this.#bound.has(keyOf(query))) return;
    const metadata = { ...query, [METADATA.acceptTypos]: "true" };
    const call = {
      metadata,
      timeoutMs: Math.min(timeoutMs, CHECK_MS),
      ...(signal ? { signal } : {}),
    };
    if (await this.#check(call)) this.#bound.add(keyOf(query));
  }

  /** Returns whether the gateway answered that it can handle the endpoint of the metadata. */
  async #check(call: JinaCallOptions): Promise<boolean> {
    const status = await this.#peer.dryRun(call).catch(() => undefined);
    const error = fromRequestStatus(status);
    if (error?.code === "UNIMPLEMENTED" || error?.code === "INVALID_ARGUMENT") throw error;
    return status?.code === "SUCCESS";
  }

  /** Closes the connection. Requests in flight end with `CANCELLED`. */
  close(): void {
    this.#peer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function keyOf(query: Readonly<Record<string, string>>): string {
  return JSON.stringify(query);
}

function atLeastOne(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${name} must be a whole number of at least 1, not ${value}`,
  );
}

async function* toInputs(
  inputs: AsyncIterable<ClientInput> | Iterable<ClientInput>,
): AsyncGenerator<InputDocument> {
  for await (const input of inputs) {
    yield toInput(input instanceof Uint8Array ? Document.decode(input) : toDocument(input));
  }
}

function toDocument(input: Document | DocumentInit): Document {
  return input instanceof Document ? input : new Document(input);
}
