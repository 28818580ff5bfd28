import type { Cancellation } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import type { TraceContext } from "../../util/tracing/trace-context.ts";
import type { TopologyReplica } from "../../model/topology.ts";
import { markConnectionLoss } from "../../wire/connection-loss.ts";
import { WorkerConnection } from "../../wire/exchange/worker-connection.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { JinaPeer, type JinaCallOptions } from "../../wire/jina/client/jina-peer.ts";
import { wasNeverSent } from "../../wire/status.ts";

/** One document for a method that answers with many. */
export interface StreamRequest {
  readonly endpoint: string;
  /** A `SingleDocumentRequestProto`. */
  readonly request: Uint8Array;
  /** The time for the whole answer. */
  readonly timeoutMs?: number;
  /** The trace that the call belongs to. */
  readonly trace?: TraceContext;
}

/** The connection to one replica, in the protocol of that replica. */
export interface ReplicaConnection {
  /**
   * Rejects with the replica's own error, `UNAVAILABLE` if the replica is gone,
   * `DEADLINE_EXCEEDED`, or `CANCELLED`.
   */
  call(request: WorkerRequest, signal: Cancellation): Promise<WorkerReply>;
  /**
   * Yields `SingleDocumentRequestProto`s. Rejects as `call` does. Absent if the executor cannot
   * stream.
   */
  stream?(request: StreamRequest, signal: Cancellation): AsyncIterable<Uint8Array>;
  /** Calls `listener` each time an established connection is lost. */
  onLost(listener: () => void): void;
  /**
   * Calls `listener` with 1 where a call has ended and still waits in the replica, and with -1
   * where it has ended there too. Absent: the replica does not report this.
   */
  onAbandoned?(listener: (change: 1 | -1) => void): void;
  close(): void;
}

export interface ConnectOptions {
  readonly maxMessageBytes: number;
  /**
   * The trace of calls whose request has none. Without it, a Python executor with tracing begins a
   * trace of its own.
   */
  readonly untraced?: TraceContext;
}

/**
 * Connects to a jflow worker by the batched stream, and to a stock Jina executor by unary calls.
 */
export function connectReplica(
  replica: TopologyReplica,
  options: ConnectOptions,
): ReplicaConnection {
  return replica.wire === "jflow"
    ? new WorkerConnection(replica.target, options)
    : new JinaConnection(replica, options);
}

/**
 * Calls are unary because `endpoint` travels as metadata: the head of a sharded deployment chooses
 * its polling by the endpoint.
 */
class JinaConnection implements ReplicaConnection {
  readonly #peer: JinaPeer;
  readonly #untraced: TraceContext | undefined;
  readonly #lostListeners: (() => void)[] = [];

  constructor(
    { target, tls, metadata }: TopologyReplica,
    { maxMessageBytes, untraced }: ConnectOptions,
  ) {
    this.#untraced = untraced;
    this.#peer = new JinaPeer(target, {
      maxMessageBytes,
      ...(tls === undefined ? {} : { tls }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  }

  async call(request: WorkerRequest, signal: Cancellation): Promise<WorkerReply> {
    const options = optionsOf(request, signal, this.#untraced);
    const [first] = request.requests;
    const isSingle = first !== undefined && request.requests.length === 1;
    try {
      const { response, isError } = await (isSingle
        ? this.#peer.processSingleData(first, options)
        : this.#peer.processData(request.requests, options));
      return { response, isError };
    } catch (error) {
      throw this.#noteLoss(error);
    }
  }

  async *stream(request: StreamRequest, signal: Cancellation): AsyncGenerator<Uint8Array> {
    try {
      const options = optionsOf(request, signal, this.#untraced);
      yield* this.#peer.streamDoc(request.request, options);
    } catch (error) {
      throw this.#noteLoss(error);
    }
  }

  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  close(): void {
    this.#peer.close();
  }

  /**
   * Returns the error. If the error means that the peer is gone, marks it and calls the listeners.
   */
  #noteLoss(error: unknown): unknown {
    if (error instanceof JflowError && error.code === "UNAVAILABLE") {
      markConnectionLoss(error, wasNeverSent(error) ? "never" : "maybe");
      for (const listener of this.#lostListeners) listener();
    }
    return error;
  }
}

function optionsOf(
  { endpoint, timeoutMs, trace }: Pick<WorkerRequest, "endpoint" | "timeoutMs" | "trace">,
  signal: Cancellation,
  untraced: TraceContext | undefined,
): JinaCallOptions {
  return {
    signal,
    metadata: { ...(endpoint === "" ? {} : { endpoint }), ...(trace ?? untraced) },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
