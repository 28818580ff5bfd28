import type { Cancellation } from "../cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import { markConnectionLoss } from "../connection-loss.ts";
import type { StreamPart } from "./exchange-methods.ts";
import { encodeFrame, type Frame } from "./frames.ts";
import { ExchangeStreams, partOf } from "./exchange-streams.ts";
import type { WorkerReply, WorkerRequest } from "./messages.ts";
import { requestTooLarge } from "../message-size.ts";
import { decodeFailure, decodeReply, encodeCall } from "./payloads.ts";
import { MAX_CALLS_PER_WORKER, MAX_QUEUED_BYTES_PER_WORKER } from "../../util/limits/requests.ts";
import { MAX_TIMER_MS } from "../../util/limits/flow-file.ts";

export interface WorkerConnectionOptions {
  readonly maxMessageBytes: number;
  /**
   * The bound on requests in flight; a further one is rejected with `RESOURCE_EXHAUSTED`. Default
   * 10,000.
   */
  readonly maxInFlight?: number;
}

interface PendingCall {
  readonly part: StreamPart;
  readonly streams: ExchangeStreams;
  /** The call was written to open streams. */
  sent: boolean;
  resolve(reply: WorkerReply): void;
  reject(error: Error): void;
  /** Removes the timer and the listener of the caller's signal. */
  release(): void;
}

/**
 * The gateway's connection to a worker of jflow. It connects at once. After a loss it connects
 * again with the next call.
 */
export class WorkerConnection {
  /** `host:port`. */
  readonly target: string;
  readonly #options: WorkerConnectionOptions;
  readonly #calls = new Map<number, PendingCall>();
  /** Calls that were cancelled or timed out, but that the worker has not answered yet, by id. */
  readonly #abandoned = new Map<number, ExchangeStreams>();
  readonly #lostListeners: (() => void)[] = [];
  #onAbandoned: (change: 1 | -1) => void = () => undefined;
  #streams: ExchangeStreams | undefined;
  #lastId = 0;
  #closed = false;

  constructor(target: string, options: WorkerConnectionOptions) {
    this.target = target;
    this.#options = options;
    this.#streams = this.#connect();
  }

  get inFlight(): number {
    return this.#calls.size + this.#abandoned.size;
  }

  get connected(): boolean {
    return this.#streams?.isOpen ?? false;
  }

  /** Calls `listener` each time an established connection is lost. */
  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  /**
   * Calls `listener` with 1 when a call is cancelled or times out before the worker answers, and
   * with -1 when the answer arrives or the connection is lost.
   */
  onAbandoned(listener: (change: 1 | -1) => void): void {
    this.#onAbandoned = listener;
  }

  /**
   * Rejects with the worker's own error; with `DEADLINE_EXCEEDED` after `timeoutMs`; with
   * `CANCELLED` when `signal` aborts; with `UNAVAILABLE` when the connection is lost. For a loss,
   * `connectionLoss` returns whether the request may have reached the worker.
   */
  async call(request: WorkerRequest, signal?: Cancellation): Promise<WorkerReply> {
    if (signal?.aborted) throw cancelled(signal);
    this.#checkLimits(request);
    return new Promise<WorkerReply>((resolve, reject) =>
      this.#start(request, signal, { resolve, reject }),
    );
  }

  /** Rejects the requests in flight with `CANCELLED`. */
  close(): void {
    this.#closed = true;
    this.#streams?.close();
  }

  #start(
    request: WorkerRequest,
    signal: Cancellation | undefined,
    done: Pick<PendingCall, "resolve" | "reject">,
  ): void {
    this.#streams ??= this.#connect();
    const streams = this.#streams;
    const id = this.#nextId();
    const frame = encodeFrame(id, "call", encodeCall(request));
    const release = this.#watch(id, request.timeoutMs, signal);
    this.#calls.set(id, {
      resolve: done.resolve,
      reject: done.reject,
      part: partOf(frame),
      streams,
      sent: streams.isOpen,
      release,
    });
    streams.write(frame);
  }

  /**
   * Ends the call at its deadline or when `signal` aborts. Returns a function that stops watching.
   */
  #watch(id: number, timeoutMs: number | undefined, signal: Cancellation | undefined): () => void {
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(
            () =>
              this.#abandon(
                id,
                new JflowError(
                  "DEADLINE_EXCEEDED",
                  `${this.target} did not answer within ${Math.round(timeoutMs)} ms`,
                ),
              ),
            Math.min(timeoutMs, MAX_TIMER_MS),
          );
    const abort = signal && ((): void => this.#abandon(id, cancelled(signal)));
    if (abort) signal.addEventListener("abort", abort, { once: true });
    return () => {
      clearTimeout(timer);
      if (abort) signal.removeEventListener("abort", abort);
    };
  }

  #abandon(id: number, error: JflowError): void {
    const call = this.#take(id);
    if (!call) return;
    // The cancellation uses the stream of the call, so it cannot arrive before the call.
    call.streams.write(encodeFrame(id, "cancel", []), call.part);
    this.#abandoned.set(id, call.streams);
    this.#onAbandoned(1);
    call.reject(error);
  }

  #forget(id: number): void {
    if (this.#abandoned.delete(id)) this.#onAbandoned(-1);
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.release();
    return call;
  }

  #connect(): ExchangeStreams {
    const streams: ExchangeStreams = new ExchangeStreams(
      this.target,
      this.#options.maxMessageBytes,
      {
        onOpen: () => this.#noteSent(streams),
        onFrame: (frame) => this.#settle(frame),
        onOver: (error, wasOpen) => this.#handleLoss(streams, error, wasOpen),
      },
    );
    return streams;
  }

  #noteSent(streams: ExchangeStreams): void {
    for (const call of this.#calls.values()) {
      if (call.streams === streams) call.sent = true;
    }
  }

  #settle(frame: Frame): void {
    const call = this.#take(frame.id);
    if (!call) return this.#forget(frame.id);
    try {
      if (frame.kind === "reply") call.resolve(decodeReply(frame.payload));
      else call.reject(decodeFailure(frame.payload));
    } catch (error) {
      call.reject(error instanceof Error ? error : new JflowError("INTERNAL", String(error)));
    }
  }

  #handleLoss(streams: ExchangeStreams, error: JflowError, wasOpen: boolean): void {
    if (this.#streams === streams) this.#streams = undefined;
    for (const [id, call] of this.#calls) {
      if (call.streams !== streams) continue;
      this.#take(id);
      call.reject(this.#closed ? error : lossOf(error, call.sent));
    }
    for (const [id, their] of this.#abandoned) if (their === streams) this.#forget(id);
    if (wasOpen && !this.#closed) for (const listener of this.#lostListeners) listener();
  }

  #checkLimits(request: WorkerRequest): void {
    if (this.#closed)
      throw new JflowError("CANCELLED", `the connection to ${this.target} was closed`);
    const { maxMessageBytes, maxInFlight = MAX_CALLS_PER_WORKER } = this.#options;
    if (this.inFlight >= maxInFlight) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `${this.target} has ${maxInFlight} requests in flight, which is the limit`,
      );
    }
    const bytes = request.requests.reduce((sum, each) => sum + each.length, 0);
    if (bytes > maxMessageBytes) throw requestTooLarge(bytes, maxMessageBytes);
    if (this.#streams && this.#streams.queuedBytes > MAX_QUEUED_BYTES_PER_WORKER) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `${this.target} is not reading requests: more than ${MAX_QUEUED_BYTES_PER_WORKER} bytes are queued for it`,
      );
    }
  }

  #nextId(): number {
    do {
      this.#lastId = (this.#lastId + 1) >>> 0;
    } while (this.#calls.has(this.#lastId) || this.#abandoned.has(this.#lastId));
    return this.#lastId;
  }
}

/**
 * Makes the error of one call for a lost connection. Each call needs an error of its own, because
 * only some calls may have reached the worker.
 */
function lossOf(error: JflowError, sent: boolean): JflowError {
  const loss = new JflowError("UNAVAILABLE", error.message, { cause: error });
  markConnectionLoss(loss, sent ? "maybe" : "never");
  return loss;
}

function cancelled(signal: Cancellation): JflowError {
  const reason: unknown = signal.reason;
  return reason instanceof JflowError
    ? reason
    : new JflowError("CANCELLED", "the client cancelled the request or disconnected");
}
