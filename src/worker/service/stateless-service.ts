import type { Cancellation } from "../../wire/cancellation.ts";
import type { Inspection } from "../../model/control/messages.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { BatchedMethods } from "../batching/batched-methods.ts";
import type { BatchingOptions } from "../batching/batching-options.ts";
import { findMethod, type Bindings } from "../executor/bindings.ts";
import { readCall } from "../executor/executor-call.ts";
import type { ExecutorHost } from "../executor/executor-host.ts";
import { toReply, type Answerer } from "../executor/replies.ts";
import type { ReplicaService, ServiceEvents } from "./replica-service.ts";
import { passThrough } from "../executor/results.ts";

/**
 * Calls the executor and answers. Methods that change state run one at a time. Other methods
 * interleave while they wait.
 */
export class StatelessService implements ReplicaService {
  readonly #host: ExecutorHost;
  readonly #bindings: Bindings;
  readonly #answerer: Answerer;
  readonly #events: Pick<ServiceEvents, "threw">;
  readonly #writes = new SerialQueue();
  readonly #reads: BatchedMethods;

  constructor(
    host: ExecutorHost,
    options: {
      bindings: Bindings;
      answerer: Answerer;
      events: Pick<ServiceEvents, "threw">;
      batching?: ReadonlyMap<string, BatchingOptions>;
    },
  ) {
    this.#host = host;
    this.#bindings = options.bindings;
    this.#answerer = options.answerer;
    this.#events = options.events;
    this.#reads = new BatchedMethods(options.batching ?? new Map(), (method, call, signal) =>
      host.run(method, call, signal),
    );
  }

  async handle(request: WorkerRequest, signal: Cancellation): Promise<WorkerReply> {
    const call = readCall(request);
    const method = findMethod(this.#bindings, call.endpoint);
    if (method === undefined) return { response: passThrough(call), isError: false };
    const write = () => {
      signal.throwIfAborted();
      return this.#host.run(method, call, signal);
    };
    signal.throwIfAborted();
    const end = this.#bindings.writes.has(method)
      ? await this.#writes.run(write)
      : await this.#reads.run(method, call, signal);
    if (end.kind === "threw") this.#events.threw(end.error);
    return toReply(call, end, this.#answerer);
  }

  finishWaiting(): void {
    this.#reads.flush();
  }

  countDocuments(): number | null {
    return this.#host.countDocuments();
  }

  async inspect(): Promise<Inspection> {
    return { seq: 0, docs: this.countDocuments(), history: "", digest: await this.#host.digest() };
  }

  close(): Promise<void> {
    return this.#host.close();
  }
}
