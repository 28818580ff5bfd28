import { Document } from "../document/document.ts";
import { JflowError } from "../util/errors.ts";
import { JinaPeer, type JinaPeerOptions } from "../wire/jina/client/jina-peer.ts";
import { makeRequestId, type DataRequest } from "../wire/jina/messages/data-request.ts";
import { DocumentRequest } from "../wire/jina/messages/document-request.ts";
import { takeDocuments } from "../wire/jina/client/document-stream.ts";
import { DEFAULT_LIMITS } from "./batches.ts";
import { toInput, type InputDocument } from "./reading/input.ts";
import { postBatches, type PostOutcome, type PostSettings } from "./post-batches.ts";
import type { DocumentInit } from "../document/document-init.ts";

export type { Batch } from "./batches.ts";
export { expandGlob } from "./reading/expand-glob.ts";
export type { InputDocument, InputItem, Place } from "./reading/input.ts";
export { toInput } from "./reading/input.ts";
export type { InputFile, InputFormat } from "./reading/input-file.ts";
export { describeInputFile } from "./reading/input-file.ts";
export type { PostOutcome } from "./post-batches.ts";
export type { ReadOptions } from "./reading/read-input.ts";
export { readInput } from "./reading/read-input.ts";

/** Where the gateway is. */
export interface ClientOptions extends JinaPeerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The gateway's gRPC port; default 8080. */
  readonly port?: number;
}

/** A document as input: one, what one is made of, or its bytes (Jina's `DocumentProto`). */
export type ClientInput = Document | DocumentInit | Uint8Array;

export interface PostOptions {
  /** None: one request without documents. */
  readonly inputs?: AsyncIterable<ClientInput> | Iterable<ClientInput>;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** A regular expression on the names of deployments: only these handle the request. */
  readonly targetExecutor?: string;
  /** Documents of a request at most, 100 unless given. A request also ends at 1 MB. */
  readonly requestSize?: number;
  /** Requests on their way at most, 8 unless given. */
  readonly concurrency?: number;
  /** Answers in the order of the input, true unless given. */
  readonly resultsInOrder?: boolean;
  /** Of each request, in milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told of each request that failed; the others go on. Without it the first failure is thrown. */
  readonly onError?: (error: JflowError, outcome: Extract<PostOutcome, { ok: false }>) => void;
  /** Told of each answer: its parameters hold what executors returned beside documents. */
  readonly onResponse?: (response: DataRequest) => void;
}

/**
 * What goes with one document to an endpoint that streams; the time is that of the whole answer.
 */
export type StreamOptions = Pick<
  PostOptions,
  "parameters" | "targetExecutor" | "timeoutMs" | "signal"
>;

/** Posts documents to a running flow over gRPC. */
export class GatewayClient implements AsyncDisposable {
  readonly #peer: JinaPeer;

  /** Connects when first used. Throws `INVALID_ARGUMENT` where `caFile` cannot be read. */
  constructor(options: ClientOptions = {}) {
    const { host = "127.0.0.1", port = 8080, ...peerOptions } = options;
    this.#peer = new JinaPeer(`${host.includes(":") ? `[${host}]` : host}:${port}`, peerOptions);
  }

  /**
   * Posts documents and gives those of the answers. Reads the input only as fast as answers are
   * taken; nothing happens before they are. Throws a `JflowError`: that of the first request that
   * failed (`EXECUTOR_FAILED` where the executor threw), unless `onError` takes it.
   */
  async *post(endpoint: string, options: PostOptions = {}): AsyncGenerator<Document> {
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
   * Sends one document to an endpoint that streams, and gives the documents that come back when
   * they come; leaving the loop ends the executor's method. Throws a `JflowError`:
   * `EXECUTOR_FAILED` where the executor threw.
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
   * The same as `post`, one outcome per request, documents as bytes: for whoever counts, writes
   * them on, or names the lines that failed.
   */
  async *postBatches(
    endpoint: string,
    inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
    options: Omit<PostOptions, "inputs" | "onError" | "onResponse"> = {},
  ): AsyncGenerator<PostOutcome> {
    const { requestSize, concurrency = 8, resultsInOrder = true, ...rest } = options;
    const settings: PostSettings = {
      ...rest,
      endpoint,
      limits: {
        ...DEFAULT_LIMITS,
        documents: atLeastOne("requestSize", requestSize ?? DEFAULT_LIMITS.documents),
      },
      concurrency: atLeastOne("concurrency", concurrency),
      resultsInOrder,
    };
    yield* postBatches(this.#peer, inputs, settings);
  }

  /**
   * Whether a request would get through the flow. Rejects with `UNAVAILABLE` where nobody answers.
   */
  async isFlowReady(timeoutMs = 5000): Promise<boolean> {
    return (await this.#peer.dryRun({ timeoutMs })).code === "SUCCESS";
  }

  /** Requests on their way end with `CANCELLED`. */
  close(): void {
    this.#peer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function atLeastOne(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new JflowError("INVALID_ARGUMENT", `${name} must be a whole number from 1, not ${value}`);
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
