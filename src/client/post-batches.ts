import { setMaxListeners } from "node:events";
import type { JflowError } from "../util/errors.ts";
import type { JinaPeer } from "../wire/jina/client/jina-peer.ts";
import { BatchSender, type BatchRequestOptions } from "./batch-sender.ts";
import {
  IdsInFlight,
  makeBatches,
  nameDocuments,
  type Batch,
  type BatchLimits,
  type PostOutcome,
} from "./batches.ts";
import { GatewayGate } from "./gateway-gate.ts";
import type { InputDocument } from "./reading/items/input.ts";

/** The options that all requests of a post share. */
export interface BatchPostOptions extends BatchRequestOptions {
  readonly limits: BatchLimits;
  /** The maximum number of batches whose outcome the caller has not received yet. */
  readonly concurrency: number;
  readonly resultsInOrder: boolean;
  readonly signal?: AbortSignal;
  /** Ends the reading. The requests in flight continue. */
  readonly stopReading?: AbortSignal;
  /**
   * If an executor refuses a request, sends each half of its documents again, and so on. So only
   * documents that are refused on their own fail. Documents without an id get one before.
   */
  readonly splitFailed?: boolean;
}

/**
 * Posts documents and yields the outcome of each batch: in input order with `resultsInOrder`, else
 * as answers arrive. Reads at most `concurrency` batches ahead of the caller. An empty input sends
 * one request without documents. `signal` cancels the requests in flight; their outcomes are
 * yielded. If the caller leaves its `for await` loop, the requests in flight are cancelled. While
 * the gateway restarts, no request is sent. A request is sent again while the gateway is
 * overloaded. If the gateway stays unreachable, reading stops. Throws only errors of the input.
 */
export async function* postBatches(
  peer: JinaPeer,
  inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
  options: BatchPostOptions,
): AsyncGenerator<PostOutcome> {
  const post = new Post(peer, inputs, options);
  try {
    for (;;) {
      const outcome = await post.next();
      if (!outcome) return;
      yield outcome;
    }
  } finally {
    post.stop();
  }
}

/** A batch that was sent, and its outcome when it is known. */
interface Sent {
  outcomes: PostOutcome[] | undefined;
}

/** The errors that are about the documents of a request. */
const REFUSALS: ReadonlySet<JflowError["code"]> = new Set(["EXECUTOR_FAILED", "INVALID_ARGUMENT"]);

class Post {
  readonly #options: BatchPostOptions;
  readonly #signal: AbortSignal;
  readonly #stopping = new AbortController();
  readonly #gate: GatewayGate;
  readonly #sender: BatchSender;
  readonly #ids = new IdsInFlight();
  readonly #batches: AsyncGenerator<Batch>;
  /** Batches in flight, and outcomes not taken yet, in the order of the input. */
  readonly #sent = new Set<Sent>();
  #input: "open" | "reading" | "ended" = "open";
  #inputError: { readonly error: unknown } | undefined;
  #hasSent = false;
  /** Wakes `next` after a change. */
  #wake: () => void = () => undefined;

  constructor(
    peer: JinaPeer,
    inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
    options: BatchPostOptions,
  ) {
    this.#options = options;
    this.#signal = options.signal
      ? AbortSignal.any([options.signal, this.#stopping.signal])
      : this.#stopping.signal;
    setMaxListeners(0, this.#signal);
    this.#gate = new GatewayGate(peer, this.#signal);
    this.#sender = new BatchSender(peer, this.#gate, options, this.#signal);
    this.#batches = makeBatches(inputs, options.limits, this.#ids);
    for (const end of [options.signal, options.stopReading]) {
      if (end?.aborted === true) this.#endInput();
      end?.addEventListener("abort", () => this.#endInput(), { once: true });
    }
  }

  /**
   * Returns the next outcome, or undefined after the last. Throws the error of the input after the
   * outcomes of the batches before it.
   */
  async next(): Promise<PostOutcome | undefined> {
    for (;;) {
      this.#readAhead();
      const outcome = this.#takeOutcome();
      if (outcome) return outcome;
      if (this.#sent.size === 0 && this.#input === "ended") {
        if (this.#inputError) throw this.#inputError.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Cancels the requests in flight and closes the input. */
  stop(): void {
    this.#stopping.abort();
    // Not awaited: while the input waits for data, for example from a pipe, `return` resolves only
    // when that data arrives.
    this.#batches.return(undefined).catch((error: unknown) => {
      this.#inputError ??= { error };
    });
  }

  /** A batch that is still being read is not sent. */
  #endInput(): void {
    this.#input = "ended";
    this.#wake();
  }

  #takeOutcome(): PostOutcome | undefined {
    for (const sent of this.#sent) {
      const outcome = sent.outcomes?.shift();
      if (sent.outcomes?.length === 0) this.#sent.delete(sent);
      if (outcome) return outcome;
      if (this.#options.resultsInOrder) return undefined;
    }
    return undefined;
  }

  #readAhead(): void {
    if (
      this.#input !== "open" ||
      this.#sent.size >= this.#options.concurrency ||
      this.#stopping.signal.aborted
    )
      return;
    this.#input = "reading";
    void this.#readOne();
  }

  /** Reads one batch and sends it. */
  async #readOne(): Promise<void> {
    try {
      const next = await this.#batches.next();
      if (this.#hasEnded()) return;
      this.#input = next.done ? "ended" : "open";
      if (!next.done) this.#send(next.value);
      else if (!this.#hasSent) this.#send({ index: 0, documents: [], bytes: 0 });
    } catch (error) {
      this.#input = "ended";
      this.#inputError = { error };
    }
    this.#readAhead();
    this.#wake();
  }

  #send(batch: Batch): void {
    this.#hasSent = true;
    const sent: Sent = { outcomes: undefined };
    this.#sent.add(sent);
    this.#ids.hold(batch, this.#settle(batch, sent));
  }

  async #settle(batch: Batch, sent: Sent): Promise<void> {
    const named = this.#options.splitFailed === true ? nameDocuments(batch) : batch;
    sent.outcomes = await this.#requestParts(named);
    if (this.#gate.isClosed) this.#input = "ended";
    this.#ids.release(batch);
    this.#wake();
  }

  #hasEnded(): boolean {
    return this.#input === "ended";
  }

  /** Returns the outcome of a batch, or of its parts if it was split. */
  async #requestParts(batch: Batch): Promise<PostOutcome[]> {
    const outcome = await this.#sender.send(batch);
    this.#gate.note(outcome.ok ? undefined : outcome.error);
    const isRefused = !outcome.ok && REFUSALS.has(outcome.error.code);
    const { documents } = batch;
    if (!isRefused || this.#options.splitFailed !== true || documents.length < 2) return [outcome];
    const middle = Math.ceil(documents.length / 2);
    const parts = [documents.slice(0, middle), documents.slice(middle)];
    const outcomes: PostOutcome[] = [];
    for (const part of parts)
      outcomes.push(...(await this.#requestParts({ ...batch, documents: part })));
    const [first, ...others] = outcomes;
    if (first === undefined || outcome.response === undefined) return outcomes;
    return [{ ...first, repeated: [outcome.response, ...(first.repeated ?? [])] }, ...others];
  }
}
