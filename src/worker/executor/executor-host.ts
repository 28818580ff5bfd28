import { toAbortSignal, type Cancellation } from "../../wire/cancellation.ts";
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { makeFolder } from "../../util/files/make-folder.ts";
import { parseTraceparent, type TraceContext } from "../../util/tracing/trace-context.ts";
import { makeInstance, nextFolder } from "./make-instance.ts";
import { JflowError } from "../../util/errors.ts";
import type {
  ExecutorClass,
  ExecutorInstance,
  ExecutorPlace,
  RequestContext,
} from "../../model/executor.ts";
import {
  decodeDocuments,
  mergeParameters,
  type CallDocuments,
  type ExecutorCall,
} from "./executor-call.ts";
import { toExecutorFailure } from "./executor-failure.ts";
import { interpretResult, type MethodResult } from "./results.ts";

/**
 * The end of a method. An exception is a value here, because an exception is a valid outcome of a
 * write.
 */
export type MethodEnd =
  | { readonly kind: "done"; readonly documents: CallDocuments; readonly result: MethodResult }
  | { readonly kind: "threw"; readonly error: JflowError };

const UNOBSERVED: ObservedMethod = {
  trace: undefined,
  run: (work) => work(),
  end: () => undefined,
};

const MAX_DIGEST_CHARACTERS = 128;

/** The input of an instance of an executor. */
export interface ExecutorOptions {
  readonly executor: ExecutorClass;
  readonly config: Readonly<Record<string, unknown>>;
  readonly place: ExecutorPlace;
  /** The address of the replica, for its exceptions. */
  readonly address?: string;
  readonly observer?: MethodObserver;
}

/** Observes the calls of the methods of an executor. */
export interface MethodObserver {
  begin(call: ExecutorCall): ObservedMethod;
}

/** One call of a method that was begun. */
export interface ObservedMethod {
  /** The trace that the call belongs to; its span is that of the method. */
  readonly trace: TraceContext | undefined;
  /** Runs the method, so that its log lines belong to the trace. */
  run<T>(work: () => T): T;
  end(documents: number, failure: JflowError | undefined): void;
}

/** The instance that answers calls, and the calls that run. */
interface CurrentInstance {
  readonly instance: ExecutorInstance;
  runs: number;
  /** Called when no call runs any more. Set once another instance has replaced this one. */
  onIdle: (() => void) | undefined;
}

/** The one instance of the executor of a worker, and the calls into it. */
export class ExecutorHost {
  #options: ExecutorOptions;
  #current: CurrentInstance;

  private constructor(options: ExecutorOptions, instance: ExecutorInstance) {
    this.#options = options;
    this.#current = { instance, runs: 0, onIdle: undefined };
  }

  /** Creates an instance and loads it. Throws what the constructor or `load()` throws. */
  static async open(options: ExecutorOptions): Promise<ExecutorHost> {
    return new ExecutorHost(options, await makeInstance(options));
  }

  get instance(): ExecutorInstance {
    return this.#current.instance;
  }
  get name(): string {
    return this.#options.executor.name;
  }

  /** Runs one method on the documents of a call. Never rejects. */
  async run(method: string, call: ExecutorCall, signal: Cancellation): Promise<MethodEnd> {
    const observed = this.#options.observer?.begin(call) ?? UNOBSERVED;
    const current = this.#current;
    current.runs += 1;
    let received = 0;
    let failure: JflowError | undefined;
    try {
      const documents = decodeDocuments(call);
      received = documents.docs.length;
      const { trace } = observed;
      const { instance } = current;
      const returned = await observed.run(() =>
        this.#invoke(method, call, { instance, documents, signal, trace }),
      );
      return {
        kind: "done",
        documents,
        result: interpretResult(returned, `${this.name}.${method}`),
      };
    } catch (thrown) {
      const { address: replica } = this.#options;
      const where = { ...(replica === undefined ? {} : { replica }), ...traceIdOf(observed.trace) };
      failure = toExecutorFailure(thrown, this.name, where);
      return { kind: "threw", error: failure };
    } finally {
      observed.end(received, failure);
      current.runs -= 1;
      if (current.runs === 0) current.onIdle?.();
    }
  }

  /** Returns the number of documents, or null if the executor does not report it. */
  countDocuments(): number | null {
    try {
      return this.instance.count?.() ?? null;
    } catch (thrown) {
      this.#options.place.log.error(`${this.name}.count() threw: ${String(thrown)}`);
      return null;
    }
  }

  /**
   * Returns the digest of the state, or null if the executor has none. A long digest is hashed,
   * because it travels and people read it.
   */
  async digest(): Promise<string | null> {
    const digest = (await this.instance.digest?.()) ?? null;
    if (digest === null || digest.length <= MAX_DIGEST_CHARACTERS) return digest;
    return createHash("sha256").update(digest).digest("hex");
  }

  /** Replaces the instance by a new, empty one. */
  async startOver(): Promise<void> {
    await this.close();
    const instance = await makeInstance(this.#options);
    this.#current = { instance, runs: 0, onIdle: undefined };
  }

  /**
   * Loads a snapshot into a new instance, which then replaces the current one. Until then, the
   * current one serves; calls in flight end on it. If the snapshot cannot be loaded, nothing
   * changes, and the exception of the executor is thrown.
   */
  async replace(snapshot: string): Promise<void> {
    const { place } = this.#options;
    const workspace = nextFolder(place.workspace);
    await makeFolder(workspace);
    const options = { ...this.#options, place: { ...place, workspace } };
    let instance: ExecutorInstance | undefined;
    try {
      instance = await makeInstance(options);
      await instance.restore?.(snapshot);
    } catch (thrown) {
      await this.#retire(instance, workspace);
      throw thrown;
    }
    const earlier = this.#current;
    this.#options = options;
    this.#current = { instance, runs: 0, onIdle: undefined };
    earlier.onIdle = () => void this.#retire(earlier.instance, place.workspace);
    if (earlier.runs === 0) earlier.onIdle();
  }

  /** Closes an instance that is not used any more, and removes its folder. */
  async #retire(instance: ExecutorInstance | undefined, folder: string): Promise<void> {
    try {
      await instance?.close?.();
      await rm(folder, { recursive: true, force: true });
    } catch (thrown) {
      this.#options.place.log.error(`${this.name}: cannot close it: ${String(thrown)}`);
    }
  }

  /** Closes the instance. An exception of `close()` goes to the log. */
  async close(): Promise<void> {
    try {
      await this.instance.close?.();
    } catch (thrown) {
      this.#options.place.log.error(`${this.name}.close() threw: ${String(thrown)}`);
    }
  }

  async #invoke(
    method: string,
    call: ExecutorCall,
    given: {
      instance: ExecutorInstance;
      documents: CallDocuments;
      signal: Cancellation;
      trace: TraceContext | undefined;
    },
  ): Promise<unknown> {
    const [first] = call.requests;
    const { docs, ...joined } = given.documents;
    let abortSignal: AbortSignal | undefined;
    const context: RequestContext = {
      endpoint: call.endpoint,
      parameters: mergeParameters(call.requests),
      requestId: first.header.requestId,
      get signal() {
        return (abortSignal ??= toAbortSignal(given.signal));
      },
      ...(given.trace === undefined ? {} : { trace: given.trace }),
      ...joined,
    };
    const found: unknown = Reflect.get(given.instance, method);
    if (typeof found !== "function")
      throw new JflowError("INTERNAL", `${this.name} has lost its method ${method}`);
    return await Reflect.apply(found, given.instance, [docs, context]);
  }
}

function traceIdOf(trace: TraceContext | undefined): { readonly traceId?: string } {
  const parent = trace && parseTraceparent(trace.traceparent);
  return parent === undefined ? {} : { traceId: parent.traceId };
}
