import type { Document } from "../../document/document.ts";
import { JflowError } from "../../util/errors.ts";
import { NEVER_CANCELLED, type Cancellation } from "../../wire/cancellation.ts";
import type { ExecutorCall } from "../executor/executor-call.ts";
import type { MethodEnd } from "../executor/executor-host.ts";
import type { BatchingOptions } from "./batching-options.ts";

/** Calls the method with the documents of several requests as one request. */
export type RunBatch = (call: ExecutorCall, signal: Cancellation) => Promise<MethodEnd>;

/** One request with at least one document that waits for its batch. */
interface Waiting {
  readonly call: ExecutorCall;
  readonly documents: readonly Uint8Array[];
  readonly signal: Cancellation;
  resolve(end: MethodEnd): void;
}

/**
 * Collects requests with the same parameters, and calls the method with their documents together:
 * when the batch is full, or `timeoutMs` after its first request.
 */
export class BatchQueue {
  readonly #options: BatchingOptions;
  readonly #run: RunBatch;
  #waiting: Waiting[] = [];
  #documents = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchingOptions, run: RunBatch) {
    this.#options = options;
    this.#run = run;
  }

  /** Whether no request waits for a batch. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves with the part of the batch's result that belongs to the call. Never rejects. */
  async add(call: ExecutorCall, signal: Cancellation): Promise<MethodEnd> {
    const documents = call.requests.flatMap((request) => [...request.documents]);
    return new Promise((resolve) => {
      this.#waiting.push({ call, documents, signal, resolve });
      this.#documents += documents.length;
      if (this.#documents >= this.#options.preferredBatchSize) this.flush();
      else this.#timer ??= setTimeout(() => this.flush(), this.#options.timeoutMs);
    });
  }

  /** Calls the method with everything that waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const taken = this.#waiting;
    this.#waiting = [];
    this.#documents = 0;
    void this.#runAll(taken);
  }

  async #runAll(taken: readonly Waiting[]): Promise<void> {
    const live = taken.filter(({ signal }) => !signal.aborted);
    for (const waiting of taken) if (waiting.signal.aborted) waiting.resolve(cancelled());
    if (live.length === 0) return;
    const documents = live.flatMap((waiting) => waiting.documents);
    const size = this.#options.flushAll ? Infinity : this.#options.preferredBatchSize;
    const results: (Document | JflowError)[] = [];
    for (let start = 0; start < documents.length; start += size)
      results.push(...(await this.#runPart(live[0]!.call, documents.slice(start, start + size))));
    let start = 0;
    for (const waiting of live) {
      const end = start + waiting.documents.length;
      waiting.resolve(toEnd(results.slice(start, end)));
      start = end;
    }
  }

  /** Returns the result of each document: its document, or the error of the whole part. */
  async #runPart(
    { requests: [first], ...call }: ExecutorCall,
    documents: readonly Uint8Array[],
  ): Promise<(Document | JflowError)[]> {
    const merged: ExecutorCall = { ...call, requests: [first.with({ documents })] };
    const end = await this.#run(merged, NEVER_CANCELLED);
    const results = end.kind === "threw" ? end.error : listResults(end);
    if (!(results instanceof JflowError) && results.length === documents.length)
      return [...results];
    const error =
      results instanceof JflowError ? results : wrongCount(results.length, documents.length);
    return documents.map(() => error);
  }
}

function listResults({
  documents,
  result,
}: Extract<MethodEnd, { kind: "done" }>): readonly Document[] | JflowError {
  if (result.kind === "documents") return result.documents;
  if (result.kind === "nothing") return documents.docs;
  return failure("a method with dynamic batching must return documents or nothing, not an object");
}

function toEnd(results: readonly (Document | JflowError)[]): MethodEnd {
  const error = results.find(isError);
  if (error !== undefined) return { kind: "threw", error };
  const documents = results.filter((result): result is Document => !isError(result));
  return {
    kind: "done",
    documents: { docs: [...documents] },
    result: { kind: "documents", documents },
  };
}

function isError(result: Document | JflowError): result is JflowError {
  return result instanceof JflowError;
}

function wrongCount(returned: number, given: number): JflowError {
  return failure(
    `a method with dynamic batching must return one document for each given one: ${returned} for ${given}`,
  );
}

function failure(message: string): JflowError {
  return new JflowError("EXECUTOR_FAILED", message);
}

function cancelled(): MethodEnd {
  return { kind: "threw", error: new JflowError("CANCELLED", "the caller is gone") };
}
