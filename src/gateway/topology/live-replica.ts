import type { Cancellation } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import type { TraceSpan } from "../../wire/tracing/tracer.ts";
import type { TopologyReplica } from "../../model/topology.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { ReplicaLoad, type CallEnd, type CallKind } from "./traffic/replica-load.ts";
import type { ReplicaConnection, StreamRequest } from "./replica-connection.ts";
import type { AnsweredCall, CallObserver, ObservedCall } from "../observe/call-observer.ts";
import { LOST_REPLICA_PAUSE_MS } from "../../util/limits/requests.ts";

/** One call of a replica. */
export interface ReplicaRequest extends Omit<WorkerRequest, "requests"> {
  /** One, or several at a join without reduce and in `uses_after`. */
  readonly requests: readonly DataRequest[];
}

/** The answer of a replica. */
export interface ReplicaReply extends Omit<WorkerReply, "response"> {
  readonly response: DataRequest;
}

/** The client that a call works for. */
export interface ReplicaCaller {
  readonly signal: Cancellation;
  /** The span of the request, if the request has a trace. */
  readonly span?: TraceSpan | undefined;
}

const FAILED = { code: "failed" };

/** One process of a replica and the connection to it. */
export class LiveReplica {
  readonly processId: string;
  readonly address: string;
  readonly #connection: ReplicaConnection;
  readonly #observer: CallObserver;
  readonly load = new ReplicaLoad(performance.now());
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #isRetired = false;

  constructor(replica: TopologyReplica, connection: ReplicaConnection, observer: CallObserver) {
    this.processId = replica.processId;
    this.address = replica.address;
    this.#connection = connection;
    this.#observer = observer;
    connection.onAbandoned?.((change) => observer.addAbandoned(change));
    connection.onLost(() => (this.#lostAtMs = performance.now()));
  }

  /** Returns whether the connection was lost just now. */
  get isLost(): boolean {
    return (
      this.#lostAtMs > Number.NEGATIVE_INFINITY &&
      performance.now() - this.#lostAtMs < LOST_REPLICA_PAUSE_MS
    );
  }

  /** Encodes each request that is not encoded yet, and checks the outermost level of the answer. */
  async call(request: ReplicaRequest, caller: ReplicaCaller): Promise<ReplicaReply> {
    const kind = request.operationId === undefined ? "read" : "write";
    const call = this.#begin(kind, caller.span);
    let end: CallEnd = "failed";
    let answer: AnsweredCall | undefined;
    try {
      const requests = request.requests.map((each) => each.toBytes());
      const traced = call.span === undefined ? request : { ...request, trace: call.span.context };
      const reply = await this.#connection.call({ ...traced, requests }, caller.signal);
      const response = DataRequest.read(reply.response).check();
      end = reply.isError ? "failed" : "answered";
      answer = { sentBytes: sumLengths(requests), receivedBytes: reply.response.length };
      return { ...reply, response };
    } finally {
      this.#end(call, kind, caller.signal.aborted ? "cancelled" : end, answer);
    }
  }

  /**
   * Counts as one call, from its start to its end. Rejects with `UNIMPLEMENTED` if the executor is
   * not a Python executor.
   */
  async *stream(request: StreamRequest, caller: ReplicaCaller): AsyncGenerator<Uint8Array> {
    if (!this.#connection.stream) {
      throw new JflowError(
        "UNIMPLEMENTED",
        `${this.address} cannot stream: only Python executors have streaming endpoints`,
      );
    }
    const call = this.#begin("read", caller.span);
    let end: CallEnd = "failed";
    try {
      const traced = call.span === undefined ? request : { ...request, trace: call.span.context };
      yield* this.#connection.stream(traced, caller.signal);
      end = "answered";
    } finally {
      this.#end(call, "read", caller.signal.aborted ? "cancelled" : end);
    }
  }

  /**
   * Closes the connection once its calls have ended. A draining replica still answers its calls.
   * The calls of a dead replica fail.
   */
  retire(): void {
    this.#isRetired = true;
    this.#observer.retire();
    if (this.load.inFlight === 0) this.close();
  }

  close(): void {
    this.#connection.close();
  }

  #begin(kind: CallKind, span: TraceSpan | undefined): ObservedCall {
    this.load.begin(kind);
    return this.#observer.begin(span);
  }

  #end(call: ObservedCall, kind: CallKind, how: CallEnd, answer?: AnsweredCall): void {
    const nowMs = performance.now();
    this.load.end(kind, how, nowMs);
    this.#observer.end(call, nowMs, how === "failed" ? FAILED : undefined, answer);
    if (this.#isRetired && this.load.inFlight === 0) this.close();
  }
}

function sumLengths(requests: readonly Uint8Array[]): number {
  return requests.reduce((sum, { length }) => sum + length, 0);
}
