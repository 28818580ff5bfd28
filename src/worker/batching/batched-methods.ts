import type { Cancellation } from "../../wire/cancellation.ts";
import { mergeParameters, type ExecutorCall } from "../executor/executor-call.ts";
import type { MethodEnd } from "../executor/executor-host.ts";
import { BatchQueue } from "./batch-queue.ts";
import type { BatchingOptions } from "./batching-options.ts";

/** Calls one method of the executor. */
export type RunMethod = (
  method: string,
  call: ExecutorCall,
  signal: Cancellation,
) => Promise<MethodEnd>;

/**
 * The methods whose requests are batched. Requests with different parameters never share a batch.
 */
export class BatchedMethods {
  readonly #options: ReadonlyMap<string, BatchingOptions>;
  readonly #run: RunMethod;
  readonly #queues = new Map<string, BatchQueue>();

  constructor(options: ReadonlyMap<string, BatchingOptions>, run: RunMethod) {
    this.#options = options;
    this.#run = run;
  }

  /** The number of batches that wait or run. */
  get size(): number {
    return this.#queues.size;
  }

  /**
   * Calls the method, in a batch if the flow asks for it. A request without documents has nothing
   * to batch. Never rejects.
   */
  async run(method: string, call: ExecutorCall, signal: Cancellation): Promise<MethodEnd> {
    const options = this.#options.get(method);
    const [first, ...others] = call.requests;
    const isBatched = others.length === 0 && first.documents.length > 0;
    if (options === undefined || !isBatched) return this.#run(method, call, signal);
    const key = JSON.stringify([method, call.endpoint, mergeParameters(call.requests)]);
    const run = (merged: ExecutorCall, its: Cancellation): Promise<MethodEnd> =>
      this.#run(method, merged, its);
    const queue = this.#queues.get(key) ?? new BatchQueue(options, run);
    this.#queues.set(key, queue);
    const end = await queue.add(call, signal);
    if (queue.isEmpty && this.#queues.get(key) === queue) this.#queues.delete(key);
    return end;
  }

  /** Calls the methods with everything that waits, because no further request comes. */
  flush(): void {
    for (const queue of this.#queues.values()) queue.flush();
  }
}
