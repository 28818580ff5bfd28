import { createHash } from "node:crypto";
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
 * How a method ended. A thrown error is a value here: for a write it is an outcome like any other.
 */
export type MethodEnd =
  | { readonly kind: "done"; readonly documents: CallDocuments; readonly result: MethodResult }
  | { readonly kind: "threw"; readonly error: JflowError };

const LONGEST_DIGEST = 128;

/** What makes an instance of an executor. */
export interface ExecutorOptions {
  readonly executor: ExecutorClass;
  readonly config: Readonly<Record<string, unknown>>;
  readonly place: ExecutorPlace;
}

/** The one living instance of a worker's executor, and the calls into it. */
export class ExecutorHost {
  readonly #options: ExecutorOptions;
  #instance: ExecutorInstance;

  private constructor(options: ExecutorOptions, instance: ExecutorInstance) {
    this.#options = options;
    this.#instance = instance;
  }

  /** Makes an instance and loads it; what its constructor or `load()` throws passes through. */
  static async open(options: ExecutorOptions): Promise<ExecutorHost> {
    return new ExecutorHost(options, await makeInstance(options));
  }

  get instance(): ExecutorInstance {
    return this.#instance;
  }
  get name(): string {
    return this.#options.executor.name;
  }

  /** Runs one method on the documents of a call; never rejects. */
  async run(method: string, call: ExecutorCall, signal: AbortSignal): Promise<MethodEnd> {
    try {
      const documents = decodeDocuments(call);
      const returned = await this.#invoke(method, call, { documents, signal });
      return {
        kind: "done",
        documents,
        result: interpretResult(returned, `${this.name}.${method}`),
      };
    } catch (thrown) {
      return { kind: "threw", error: toExecutorFailure(thrown, this.name) };
    }
  }

  /** How many documents the executor holds, or null where it does not say. */
  countDocuments(): number | null {
    try {
      return this.#instance.count?.() ?? null;
    } catch (thrown) {
      this.#options.place.log.error(`${this.name}.count() threw: ${String(thrown)}`);
      return null;
    }
  }

  /**
   * The digest of its state, or null where it gives none. One of a state's own size is made short:
   * it travels, and people read it.
   */
  async digest(): Promise<string | null> {
    const digest = (await this.#instance.digest?.()) ?? null;
    if (digest === null || digest.length <= LONGEST_DIGEST) return digest;
    return createHash("sha256").update(digest).digest("hex");
  }

  /** A fresh, empty instance in place of the present one. */
  async startOver(): Promise<void> {
    await this.close();
    this.#instance = await makeInstance(this.#options);
  }

  /** Lets the instance end what it began; what it throws is written to its output. */
  async close(): Promise<void> {
    try {
      await this.#instance.close?.();
    } catch (thrown) {
      this.#options.place.log.error(`${this.name}.close() threw: ${String(thrown)}`);
    }
  }

  async #invoke(
    method: string,
    call: ExecutorCall,
    given: { documents: CallDocuments; signal: AbortSignal },
  ): Promise<unknown> {
    const [first] = call.requests;
    const { docs, ...joined } = given.documents;
    const context: RequestContext = {
      endpoint: call.endpoint,
      parameters: mergeParameters(call.requests),
      requestId: first.header.requestId,
      signal: given.signal,
      ...joined,
    };
    const found: unknown = Reflect.get(this.#instance, method);
    if (typeof found !== "function")
      throw new JflowError("INTERNAL", `${this.name} lost its method ${method}`);
    return await Reflect.apply(found, this.#instance, [docs, context]);
  }
}

async function makeInstance({
  executor: Executor,
  config,
  place,
}: ExecutorOptions): Promise<ExecutorInstance> {
  const instance = new Executor(config, place);
  for (const [name, value] of Object.entries({ config, ...place })) {
    if (!(name in instance))
      Object.defineProperty(instance, name, {
        value,
        writable: true,
        configurable: true,
        enumerable: true,
      });
  }
  await instance.load?.();
  return instance;
}
