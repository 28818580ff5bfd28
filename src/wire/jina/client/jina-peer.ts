import type { Cancellation } from "../../cancellation.ts";
import { readFileSync } from "node:fs";
import {
  Client,
  credentials,
  Metadata,
  type CallOptions,
  type ChannelCredentials,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { messageOf } from "../../../util/error-code.ts";
import { JflowError } from "../../../util/errors.ts";
import { channelOptions, readMetadata } from "../../grpc.ts";
import { HEALTH_CHECK, isServingAnswer } from "../../health.ts";
import { fromGrpcError } from "../../status.ts";
import { encodeRequestList } from "../messages/data-request.ts";
import { explainExecutor, readDocumentStream } from "./document-stream.ts";
import { JINA, METADATA } from "../jina-methods.ts";
import {
  decodeEndpoints,
  decodePeerVersions,
  type Endpoints,
  type PeerVersions,
} from "../messages/discovery.ts";
import { decodeStatus, type RequestStatus } from "../messages/header.ts";
import { PeerStream } from "./peer-stream.ts";
import { DEFAULT_MESSAGE_BYTES } from "../../../util/limits/requests.ts";

export interface JinaPeerOptions {
  readonly tls?: boolean;
  /** PEM file of the certificate authority to trust instead of the system's. */
  readonly caFile?: string;
  /** Sent with every call. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly maxMessageBytes?: number;
}

export interface JinaCallOptions {
  readonly signal?: Cancellation;
  readonly timeoutMs?: number;
  /**
   * Overrides the peer's metadata by key. For `call`, the metadata of the first request applies to
   * the whole stream.
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A unary answer. */
export interface JinaReply {
  readonly response: Uint8Array;
  /** The executor threw (trailing `is-error`); the error is in the response's header. */
  readonly isError: boolean;
  readonly trailers: Readonly<Record<string, string>>;
}

const NOTHING = new Uint8Array(0);

/**
 * A client of any Jina server: a gateway or an executor, of jflow or of Jina. It connects when
 * first used, and at once again after a failure. Every method rejects with a `JflowError` that
 * names the server: `UNAVAILABLE` if it does not answer, `DEADLINE_EXCEEDED`, `CANCELLED`, ...
 */
export class JinaPeer {
  /** `host:port`. */
  readonly target: string;
  readonly #options: JinaPeerOptions;
  readonly #credentials: ChannelCredentials;
  #client: Client | undefined;
  #stream: PeerStream | undefined;
  #closed = false;

  /** Throws `INVALID_ARGUMENT` if `caFile` cannot be read. */
  constructor(target: string, options: JinaPeerOptions = {}) {
    this.target = target;
    this.#options = options;
    this.#credentials = credentialsOf(options);
  }

  /**
   * Sends the request on the one long-lived `/jina.JinaRPC/Call` stream. `header.request_id`
   * correlates the answer, and must be unique among the requests in flight.
   */
  async call(request: Uint8Array, options: JinaCallOptions = {}): Promise<Uint8Array> {
    if (!this.#stream || this.#stream.isOver) this.#stream = this.#openStream(options);
    return this.#stream.call(request, options);
  }

  async processSingleData(request: Uint8Array, options: JinaCallOptions = {}): Promise<JinaReply> {
    return this.#unary(JINA.processSingleData, request, options);
  }

  async processData(
    requests: readonly Uint8Array[],
    options: JinaCallOptions = {},
  ): Promise<JinaReply> {
    return this.#unary(JINA.processData, encodeRequestList(requests), options);
  }

  /**
   * Sends one `SingleDocumentRequestProto` to a streaming method and yields its answers, read no
   * faster than they are consumed. The call is cancelled when the reader stops. Rejects with
   * `EXECUTOR_FAILED` if a Python executor threw.
   */
  async *streamDoc(request: Uint8Array, options: JinaCallOptions = {}): AsyncIterable<Uint8Array> {
    const { signal } = options;
    if (signal?.aborted) throw cancelled();
    const client = this.#connect();
    const { path, requestSerialize, responseDeserialize } = JINA.streamDoc;
    const metadata = this.#metadataOf(options);
    const given = callOptions(options);
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      given,
    );
    try {
      yield* readDocumentStream(call, signal);
    } catch (error) {
      throw explainExecutor(error) ?? this.#explain(client, error as ServiceError);
    }
  }

  async endpointDiscovery(options: JinaCallOptions = {}): Promise<Endpoints> {
    return decodeEndpoints((await this.#unary(JINA.endpointDiscovery, NOTHING, options)).response);
  }

  async status(options: JinaCallOptions = {}): Promise<PeerVersions> {
    return decodePeerVersions((await this.#unary(JINA.status, NOTHING, options)).response);
  }

  async dryRun(options: JinaCallOptions = {}): Promise<RequestStatus> {
    return decodeStatus((await this.#unary(JINA.dryRun, NOTHING, options)).response);
  }

  /** Asks the standard health service about the whole server. */
  async isServing(options: JinaCallOptions = {}): Promise<boolean> {
    return isServingAnswer((await this.#unary(HEALTH_CHECK, NOTHING, options)).response);
  }

  /** Calls in flight end with `CANCELLED`. */
  close(): void {
    this.#closed = true;
    this.#stream?.close();
    this.#client?.close();
  }

  #openStream(options: JinaCallOptions): PeerStream {
    const { path, requestSerialize, responseDeserialize } = JINA.call;
    const client = this.#connect();
    const metadata = this.#metadataOf(options);
    const stream = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
    );
    return new PeerStream(stream, this.target, () => this.#drop(client));
  }

  async #unary(
    method: MethodDefinition<Uint8Array, Uint8Array>,
    request: Uint8Array,
    options: JinaCallOptions,
  ): Promise<JinaReply> {
    const { signal } = options;
    if (signal?.aborted) throw cancelled();
    const client = this.#connect();
    return new Promise<JinaReply>((resolve, reject) => {
      let trailers: Record<string, string> = {};
      const call = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        this.#metadataOf(options),
        callOptions(options),
        (error: ServiceError | null, response?: Uint8Array) => {
          signal?.removeEventListener("abort", cancel);
          // grpc-js emits the status, which has the trailers, after this callback.
          if (error || !response) reject(this.#explain(client, error));
          else
            call.on("status", () =>
              resolve({ response, isError: trailers[METADATA.isError] === "true", trailers }),
            );
        },
      );
      const cancel = (): void => call.cancel();
      signal?.addEventListener("abort", cancel, { once: true });
      call.on("status", (status) => {
        trailers = readMetadata(status.metadata);
      });
    });
  }

  #explain(client: Client, error: ServiceError | null): JflowError {
    const known = error
      ? fromGrpcError(error, this.target)
      : new JflowError("INTERNAL", `${this.target} sent no answer`);
    if (known.code === "UNAVAILABLE") this.#drop(client);
    return known;
  }

  /** Closes a failed client: its channel would wait for seconds, a new one connects at once. */
  #drop(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.close();
  }

  #connect(): Client {
    if (this.#closed)
      throw new JflowError("CANCELLED", `the connection to ${this.target} was closed`);
    this.#client ??= new Client(this.target, this.#credentials, {
      ...channelOptions(this.#options.maxMessageBytes ?? DEFAULT_MESSAGE_BYTES),
      "grpc.keepalive_time_ms": 30_000,
      "grpc.keepalive_timeout_ms": 20_000,
    });
    return this.#client;
  }

  #metadataOf(options: JinaCallOptions): Metadata {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries({ ...this.#options.metadata, ...options.metadata }))
      metadata.set(key, value);
    return metadata;
  }
}

function callOptions({ timeoutMs }: JinaCallOptions): CallOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

const cancelled = (): JflowError => new JflowError("CANCELLED", "the request was cancelled");

function credentialsOf({ tls, caFile }: JinaPeerOptions): ChannelCredentials {
  if (!tls && caFile === undefined) return credentials.createInsecure();
  if (caFile === undefined) return credentials.createSsl();
  try {
    return credentials.createSsl(readFileSync(caFile));
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", `cannot read ${caFile} for TLS: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
