import { setMaxListeners } from "node:events";
import { toJflowError, type JflowError } from "../util/errors.ts";
import type { JinaPeer } from "../wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../wire/jina/messages/data-request.ts";
import { fromRequestStatus } from "../wire/jina/messages/request-status.ts";
import { IdsInFlight, makeBatches, type Batch, type BatchLimits } from "./batches.ts";
import { GatewayGate } from "./gateway-gate.ts";
import type { InputDocument } from "./reading/input.ts";

/** What one batch came to, after `ms` milliseconds. */
export type PostOutcome =
  | {
      readonly ok: true;
      readonly batch: Batch;
      readonly response: DataRequest;
      readonly ms: number;
    }
  | { readonly ok: false; readonly batch: Batch; readonly error: JflowError; readonly ms: number };

/** What every request of a post has in common. */
export interface PostSettings {
  readonly endpoint: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** A regular expression on the names of deployments. */
  readonly targetExecutor?: string;
  readonly limits: BatchLimits;
  /** Batches sent and not yet taken by the caller, at most. */
  readonly concurrency: number;
  readonly resultsInOrder: boolean;
  /** Of each request. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Posts documents and gives what each batch came to, in the order of the input or as they come.
 * Reads no further than `concurrency` batches ahead of whoever takes the outcomes. Without any
 * input one request without documents is sent. Whoever stops taking stops the post: requests on
 * their way are let go. While the gateway restarts nothing is sent; where it stays away the input
 * ends. Throws only what reading the input throws.
 */
export async function* postBatches(
  peer: JinaPeer,
  inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
  settings: PostSettings,
): AsyncGenerator<PostOutcome> {
  const post = new Post(peer, inputs, settings);
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

/** A batch that was sent, and its outcome once there is one. */
interface Sent {
  outcome: PostOutcome | undefined;
}

class Post {
  readonly #peer: JinaPeer;
  readonly #settings: PostSettings;
  readonly #signal: AbortSignal;
  readonly #stopping = new AbortController();
  readonly #gate: GatewayGate;
  readonly #ids = new IdsInFlight();
  readonly #batches: AsyncGenerator<Batch>;
  /** In the order of the input: on their way, or answered and not taken yet. */
  readonly #sent = new Set<Sent>();
  #input: "open" | "reading" | "ended" = "open";
  #inputError: { readonly error: unknown } | undefined;
  #anySent = false;
  /** Wakes `next` when something has changed. */
  #wake: () => void = () => undefined;

  constructor(
    peer: JinaPeer,
    inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
    settings: PostSettings,
  ) {
    this.#peer = peer;
    this.#settings = settings;
    this.#signal = settings.signal
      ? AbortSignal.any([settings.signal, this.#stopping.signal])
      : this.#stopping.signal;
    setMaxListeners(0, this.#signal);
    this.#gate = new GatewayGate(peer, this.#signal);
    this.#batches = makeBatches(inputs, settings.limits, this.#ids);
  }

  /**
   * The next outcome; undefined after the last. Throws what the input threw, after the outcomes of
   * what was sent before.
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

  /** Lets go of what is on its way, and of the input. */
  stop(): void {
    this.#stopping.abort();
    // An input that gives nothing (a silent pipe) cannot be waited for: it is closed when it next
    // gives something.
    this.#batches.return(undefined).catch((error: unknown) => {
      this.#inputError ??= { error };
    });
  }

  #takeOutcome(): PostOutcome | undefined {
    for (const sent of this.#sent) {
      if (sent.outcome) {
        this.#sent.delete(sent);
        return sent.outcome;
      }
      if (this.#settings.resultsInOrder) return undefined;
    }
    return undefined;
  }

  #readAhead(): void {
    if (
      this.#input !== "open" ||
      this.#sent.size >= this.#settings.concurrency ||
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
      this.#input = next.done ? "ended" : "open";
      if (!next.done) this.#send(next.value);
      else if (!this.#anySent) this.#send({ index: 0, documents: [], bytes: 0 });
    } catch (error) {
      this.#input = "ended";
      this.#inputError = { error };
    }
    this.#readAhead();
    this.#wake();
  }

  #send(batch: Batch): void {
    this.#anySent = true;
    const sent: Sent = { outcome: undefined };
    this.#sent.add(sent);
    this.#ids.hold(batch, this.#settle(batch, sent));
  }

  async #settle(batch: Batch, sent: Sent): Promise<void> {
    const outcome = await this.#ask(batch);
    this.#gate.note(outcome.ok ? undefined : outcome.error);
    if (this.#gate.isShut) this.#input = "ended";
    sent.outcome = outcome;
    this.#ids.release(batch);
    this.#wake();
  }

  async #ask(batch: Batch): Promise<PostOutcome> {
    const startMs = performance.now();
    const { timeoutMs } = this.#settings;
    try {
      await this.#gate.pass();
      const answer = await this.#peer.call(this.#encode(batch), {
        signal: this.#signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      const response = DataRequest.read(answer);
      const error = fromRequestStatus(response.header.status);
      const ms = performance.now() - startMs;
      return error ? { ok: false, batch, error, ms } : { ok: true, batch, response, ms };
    } catch (error) {
      return { ok: false, batch, error: toJflowError(error), ms: performance.now() - startMs };
    }
  }

  #encode(batch: Batch): Uint8Array {
    const { endpoint, parameters, targetExecutor = "", timeoutMs } = this.#settings;
    return DataRequest.make({
      header: {
        requestId: makeRequestId(),
        execEndpoint: endpoint,
        targetExecutor,
        ...(timeoutMs === undefined
          ? {}
          : { timeoutSeconds: Math.max(1, Math.ceil(timeoutMs / 1000)) }),
      },
      ...(parameters ? { parameters } : {}),
      documents: batch.documents.map(({ bytes }) => bytes),
    }).toBytes();
  }
}
