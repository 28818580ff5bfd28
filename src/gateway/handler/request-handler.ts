import type { Cancellation } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import { waitAtMost } from "../../util/wait-at-most.ts";
import type { TraceSpan } from "../../wire/tracing/tracer.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { DocumentRequest } from "../../wire/jina/messages/document-request.ts";
import type { RequestHeader } from "../../wire/jina/messages/header.ts";
import { answerTooLarge } from "../../wire/message-size.ts";
import { ShardReader } from "../read/shard-reader.ts";
import type { QueueLength } from "../observe/gateway-families.ts";
import { ShardQueues } from "../queue/shard-queues.ts";
import { Scatter } from "../scatter/scatter.ts";
import { streamDocument } from "../stream/stream-document.ts";
import { codeOfAnswer, codeOfError, factsOfRequest } from "../observe/request-end.ts";
import type { ObservedRequest, RequestObserver, TraceSource } from "../observe/request-observer.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { adoptFormat, restoreFormat } from "../walk/document-format.ts";
import { RouteTimes } from "../walk/route-times.ts";
import type { Caller } from "../routing/deadline.ts";
import { GraphWalk, type WalkDeps } from "../walk/walk.ts";
import { ShardWriters } from "../write/shard-writers.ts";
import { Admission, type AdmittedRequest } from "./admission.ts";
import { addDocumentIds } from "./document-ids.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import { finishAnswer, type Answer } from "./finish-answer.ts";

/** The facts about a request that are not in its bytes. */
export interface FrontCall {
  /** Aborted when the client disconnects or cancels. */
  readonly signal: Cancellation;
  /** The client's own deadline, in milliseconds since 1970. */
  readonly deadlineMs?: number | undefined;
  /**
   * A key that the client chose for this request. Sending the request again with the same key
   * applies no write twice.
   */
  readonly idempotencyKey?: string | undefined;
  /** The trace that the request belongs to. Absent: the request is not traced. */
  readonly trace?: TraceSource;
}

/** The collaborators of `RequestHandler`. */
export interface HandlerDeps {
  readonly live: LiveTopology;
  /** Sends a notice to the user. */
  readonly report: (notice: string) => void;
  readonly observer: RequestObserver;
}

export interface HandlerOptions {
  /** The timeout of a request when its client sets none. */
  readonly timeoutSendMs?: number | undefined;
  /** The bound of an answer. */
  readonly maxMessageBytes: number;
}

/** Reading it is slower than reading the clock. */
const { timeOrigin } = performance;

/** Returns milliseconds since 1970, with fractions. */
function readClock(): number {
  return timeOrigin + performance.now();
}

/** Answers the requests of all fronts. */
export class RequestHandler {
  readonly #live: LiveTopology;
  readonly #options: HandlerOptions;
  readonly #reader: ShardReader;
  readonly #queues: ShardQueues;
  readonly #walkDeps: WalkDeps;
  readonly #admission = new Admission();
  readonly #observer: RequestObserver;
  readonly #keys = new IdempotencyKeys();

  constructor({ live, report, observer }: HandlerDeps, options: HandlerOptions) {
    this.#live = live;
    this.#observer = observer;
    this.#options = options;
    this.#reader = new ShardReader(live);
    const writers = new ShardWriters(live);
    this.#queues = new ShardQueues(live);
    const scatter = new Scatter({ live, reader: this.#reader, writers, queues: this.#queues });
    this.#walkDeps = { scatter, report };
  }

  /** The requests that wait for a replica with room, by queue. */
  get queueLengths(): readonly QueueLength[] {
    return this.#queues.lengths;
  }

  /**
   * Refuses new requests. Resolves when the last request has finished, or after `timeoutMs`, with
   * the number of requests that have not finished.
   */
  async finish(timeoutMs: number): Promise<number> {
    await waitAtMost(this.#admission.close(), timeoutMs);
    return this.#admission.unfinished;
  }

  /**
   * Answers a request. An executor's exception and a write that was not acknowledged are answers
   * with `header.status` ERROR; all other failures reject with a `JflowError`.
   */
  async handle(request: DataRequest, front: FrontCall): Promise<Answer> {
    const { admitted, observed } = this.#enter(request.size, front);
    let code: string | undefined = "INTERNAL";
    try {
      const answer = await this.#keys.run(front.idempotencyKey, request.check(), async () =>
        this.#answer(request, front, {
          keep: (work) => admitted.keep(work),
          span: observed.span,
        }),
      );
      code = codeOfAnswer(answer);
      return answer;
    } catch (error) {
      code = codeOfError(error);
      throw error;
    } finally {
      observed.end(factsOfRequest(request), code);
      admitted.leave();
    }
  }

  /**
   * Sends one document to one executor and yields the documents that the executor returns. See the
   * function `streamDocument`.
   */
  async *streamDocument(
    request: DocumentRequest,
    front: FrontCall,
  ): AsyncGenerator<DocumentRequest> {
    const { admitted, observed } = this.#enter(request.size, front);
    // A client that stops reading ends the generator here.
    let code: string | undefined = "CANCELLED";
    try {
      const caller = {
        signal: front.signal,
        span: observed.span,
        ...this.#deadline(request.header, front),
      };
      const deps = { reader: this.#reader, facts: this.#live.facts, queues: this.#queues };
      yield* streamDocument(deps, request, caller);
      code = undefined;
    } catch (error) {
      code = codeOfError(error);
      throw error;
    } finally {
      observed.end(factsOfRequest(request), code);
      admitted.leave();
    }
  }

  #enter(
    size: number,
    front: FrontCall,
  ): { readonly admitted: AdmittedRequest; readonly observed: ObservedRequest } {
    try {
      const admitted = this.#admit(size);
      return { admitted, observed: this.#observer.begin(size, front.trace) };
    } catch (error) {
      this.#observer.refuse(error);
      throw error;
    }
  }

  #admit(size: number): AdmittedRequest {
    if (!this.#live.facts.isReady) throw new JflowError("UNAVAILABLE", "the flow is starting");
    if (size === 0)
      throw new JflowError(
        "INVALID_ARGUMENT",
        "the request is empty: it has neither a header nor data",
      );
    return this.#admission.enter(size);
  }

  async #answer(
    given: DataRequest,
    front: FrontCall,
    {
      keep,
      span,
    }: { readonly keep: AdmittedRequest["keep"]; readonly span?: TraceSpan | undefined },
  ): Promise<Answer> {
    const times = new RouteTimes(readClock);
    const { graph } = this.#live.facts;
    const { execEndpoint, targetExecutor } = given.header;
    const schema = this.#live.facts.findSchema({ endpoint: execEndpoint, targetExecutor });
    const original = adoptFormat(given, schema);
    const request = withoutTarget(addDocumentIds(original, front.idempotencyKey));
    const walk = new GraphWalk(this.#walkDeps, {
      graph,
      request,
      endpoint: execEndpoint,
      targetExecutor,
      operation: front.idempotencyKey,
      caller: { signal: front.signal, span, ...this.#deadline(given.header, front) },
      times,
      keep,
    });
    const answer = finishAnswer({ original, request, graph, times }, await walk.run());
    checkSize(answer.response, this.#options.maxMessageBytes);
    return original === given ? answer : { ...answer, response: restoreFormat(answer.response) };
  }

  #deadline(
    { timeoutSeconds = 0 }: RequestHeader,
    { deadlineMs }: FrontCall,
  ): Pick<Caller, "deadlineMs" | "flowTimeoutMs"> {
    if (deadlineMs !== undefined) return { deadlineMs };
    if (timeoutSeconds !== 0) return { deadlineMs: Date.now() + timeoutSeconds * 1_000 };
    const flowTimeoutMs = this.#options.timeoutSendMs;
    return flowTimeoutMs === undefined
      ? { deadlineMs: undefined }
      : { deadlineMs: Date.now() + flowTimeoutMs, flowTimeoutMs };
  }
}

/** Throws `TOO_LARGE` if a message cannot hold the response. `size` counts the request as well. */
function checkSize(response: DataRequest, maxMessageBytes: number): void {
  if (response.size <= maxMessageBytes) return;
  const { length } = response.toBytes();
  if (length > maxMessageBytes) throw answerTooLarge(length, maxMessageBytes);
}

/** Returns the request as executors get it: without `target_executor` and routes. */
function withoutTarget(request: DataRequest): DataRequest {
  const { header, hasRoutes } = request;
  return request.with({
    ...(header.targetExecutor === "" ? {} : { header: { ...header, targetExecutor: "" } }),
    ...(hasRoutes ? { routes: [] } : {}),
  });
}
