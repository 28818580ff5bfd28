import { setTimeout as sleep } from "node:timers/promises";
import { toJflowError } from "../util/errors.ts";
import { OVERLOAD_WAIT_MS } from "../util/limits/clients.ts";
import type { JinaPeer } from "../wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../wire/jina/messages/data-request.ts";
import { fromRequestStatus } from "../wire/jina/messages/request-status.ts";
import type { Batch, PostOutcome } from "./batches.ts";
import type { GatewayGate } from "./gateway-gate.ts";

/** The pause before an overloaded gateway is asked again; each further pause is twice as long. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/** The options of each request of a post. */
export interface BatchRequestOptions {
  readonly endpoint: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** A regular expression. Only executors whose name matches handle the requests. */
  readonly targetExecutor?: string;
  /** The timeout of each request. */
  readonly timeoutMs?: number;
}

/** Sends batches to a gateway. Nothing is sent while `gate` is closed. */
export class BatchSender {
  readonly #peer: JinaPeer;
  readonly #gate: GatewayGate;
  readonly #options: BatchRequestOptions;
  readonly #signal: AbortSignal;

  constructor(
    peer: JinaPeer,
    gate: GatewayGate,
    options: BatchRequestOptions,
    signal: AbortSignal,
  ) {
    this.#peer = peer;
    this.#gate = gate;
    this.#options = options;
    this.#signal = signal;
  }

  /**
   * Resolves with the outcome of a batch. A batch that an overloaded gateway refused is sent again
   * for up to `OVERLOAD_WAIT_MS`.
   */
  async send(batch: Batch): Promise<PostOutcome> {
    const endMs = performance.now() + OVERLOAD_WAIT_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      const outcome = await this.#attempt(batch);
      const isAgain = !outcome.ok && outcome.error.code === "OVERLOADED";
      if (!isAgain || this.#signal.aborted || performance.now() > endMs) return outcome;
      // Clients that were refused together come back at different times.
      const jitteredMs = pauseMs * (0.5 + Math.random());
      await sleep(jitteredMs, undefined, { signal: this.#signal }).catch(() => undefined);
    }
  }

  async #attempt(batch: Batch): Promise<PostOutcome> {
    const startMs = performance.now();
    const { timeoutMs } = this.#options;
    try {
      await this.#gate.pass();
      const answer = await this.#peer.call(this.#encode(batch), {
        signal: this.#signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      const response = DataRequest.read(answer);
      const error = fromRequestStatus(response.header.status);
      const ms = performance.now() - startMs;
      return error ? { ok: false, batch, error, response, ms } : { ok: true, batch, response, ms };
    } catch (error) {
      return { ok: false, batch, error: toJflowError(error), ms: performance.now() - startMs };
    }
  }

  #encode(batch: Batch): Uint8Array {
    const { endpoint, parameters, targetExecutor = "", timeoutMs } = this.#options;
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
