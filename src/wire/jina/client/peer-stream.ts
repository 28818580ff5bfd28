import type { Cancellation } from "../../cancellation.ts";
import { JflowError } from "../../../util/errors.ts";
import { fromGrpcError } from "../../status.ts";
import type { ClientStream } from "../../grpc.ts";
import { DataRequest } from "../messages/data-request.ts";
import { MAX_TIMER_MS } from "../../../util/limits/flow-file.ts";

interface PendingCall {
  resolve(response: Uint8Array): void;
  reject(error: Error): void;
  release(): void;
}

/**
 * The client's end of one `/jina.JinaRPC/Call` stream. Many requests may be in flight; `request_id`
 * correlates their answers.
 */
export class PeerStream {
  readonly #stream: ClientStream;
  readonly #target: string;
  readonly #onOver: () => void;
  readonly #calls = new Map<string, PendingCall>();
  #over = false;

  /** Calls `onOver` once, when the peer ends the stream or the stream fails. */
  constructor(stream: ClientStream, target: string, onOver: () => void) {
    this.#stream = stream;
    this.#target = target;
    this.#onOver = onOver;
    stream.on("data", (response: Uint8Array) => this.#settle(response));
    stream.on("error", (error: unknown) => this.#fail(fromGrpcError(error, target)));
    stream.on("end", () =>
      this.#fail(new JflowError("UNAVAILABLE", `${target} ended the stream before it answered`)),
    );
  }

  get isOver(): boolean {
    return this.#over;
  }

  /**
   * Rejects with `INVALID_ARGUMENT` if the request has no id, or the id of another request in
   * flight.
   */
  async call(
    request: Uint8Array,
    options: { readonly signal?: Cancellation; readonly timeoutMs?: number },
  ): Promise<Uint8Array> {
    const id = DataRequest.read(request).header.requestId;
    if (id === "" || this.#calls.has(id)) {
      throw new JflowError(
        "INVALID_ARGUMENT",
        id === ""
          ? "the request has no id: set header.request_id"
          : `request id "${id}" is already in flight: use a unique id`,
      );
    }
    if (options.signal?.aborted) throw new JflowError("CANCELLED", "the request was cancelled");
    return new Promise<Uint8Array>((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, release: this.#watch(id, options) });
      this.#stream.write(request);
    });
  }

  /** Ends the stream: requests in flight are rejected with `CANCELLED`. */
  close(): void {
    if (this.#over) return;
    this.#reject(new JflowError("CANCELLED", `the connection to ${this.#target} was closed`));
    this.#stream.cancel();
  }

  /**
   * Ends the wait for an answer. A request on a stream cannot be cancelled: its answer is dropped.
   */
  #watch(
    id: string,
    options: { readonly signal?: Cancellation; readonly timeoutMs?: number },
  ): () => void {
    const { signal, timeoutMs } = options;
    const end = (error: JflowError): void => this.#take(id)?.reject(error);
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(
            () =>
              end(
                new JflowError(
                  "DEADLINE_EXCEEDED",
                  `${this.#target} did not answer within ${Math.round(timeoutMs)} ms`,
                ),
              ),
            Math.min(timeoutMs, MAX_TIMER_MS),
          );
    const abort = (): void => end(new JflowError("CANCELLED", "the request was cancelled"));
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  }

  #take(id: string): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.release();
    return call;
  }

  #settle(response: Uint8Array): void {
    let id: string;
    try {
      id = DataRequest.read(response).header.requestId;
    } catch (error) {
      this.#stream.cancel();
      this.#fail(
        new JflowError("INTERNAL", `${this.#target} sent a malformed answer`, { cause: error }),
      );
      return;
    }
    this.#take(id)?.resolve(response);
  }

  #fail(error: JflowError): void {
    if (this.#over) return;
    this.#reject(error);
    this.#onOver();
  }

  #reject(error: JflowError): void {
    this.#over = true;
    for (const id of this.#calls.keys()) {
      // Each request gets an error of its own, since its caller may change it.
      this.#take(id)?.reject(new JflowError(error.code, error.message, { cause: error }));
    }
  }
}
