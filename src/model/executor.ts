import type { Document, DocumentArray } from "../document/document.ts";
import type { TraceContext } from "../util/tracing/trace-context.ts";
import type { PollingTable } from "./polling.ts";

/** The second argument of an executor's method: the request without its documents. */
export interface RequestContext {
  /** The endpoint of the request, such as `/search`. */
  readonly endpoint: string;
  /** The parameters of the request, without those that are addressed to other executors. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The id that the client or the gateway gave to the request. */
  readonly requestId: string;
  /** Is aborted when the client disconnects or the deadline of the request passes. */
  readonly signal: AbortSignal;
  /**
   * The trace of the request, if the flow has `tracing`, as the headers of your own requests.
   * Absent where a copy applies a write of its primary: https://www.w3.org/TR/trace-context/.
   */
  readonly trace?: TraceContext;
  /** At a join, one array for each branch; in `uses_after`, one for each shard. */
  readonly docsMatrix?: readonly DocumentArray[];
  /** The arrays of `docsMatrix`, by the name of the deployment that each came from. */
  readonly docsMap?: ReadonlyMap<string, DocumentArray>;
}

/** The log of a replica: each call writes a line that `jflow logs` shows. */
export interface ExecutorLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * The result of an executor's method. Documents replace those of the request. A plain object goes
 * into the parameter `__results__` of the answer. Without a result, the answer holds the documents
 * of the request as the method left them.
 */
export type ExecutorResult =
  | DocumentArray
  | readonly Document[]
  | Readonly<Record<string, unknown>>
  | void;

/** The second argument of an executor's constructor: the replica that the instance is. */
export interface ExecutorPlace {
  /** The number of the shard, from 0. */
  readonly shard: number;
  /** The number of shards of the deployment. */
  readonly shards: number;
  /** The number of the replica in its shard, from 0. */
  readonly replica: number;
  /** The absolute path of a folder that no other replica uses. */
  readonly workspace: string;
  readonly log: ExecutorLog;
}

/**
 * The methods of an executor that the worker calls in addition to those of `requests`. Each is
 * optional. An executor that declares `writes` keeps state: it needs `snapshot` and `restore`.
 */
export interface ExecutorInstance {
  /** Runs once, before the first request: loads models, opens files. */
  load?(): void | Promise<void>;
  /** Runs once, after the last request. */
  close?(): void | Promise<void>;
  /** Writes the complete state into an existing, empty folder. No write runs meanwhile. */
  snapshot?(folder: string): void | Promise<void>;
  /** Replaces the complete state by that of a folder which `snapshot` wrote. */
  restore?(folder: string): void | Promise<void>;
  /** Returns every stored document. `jflow reshard` needs this method. */
  documents?(): Iterable<Document> | AsyncIterable<Document>;
  /** Returns the number of stored documents: the column DOCS of `jflow ps`. */
  count?(): number;
  /** Returns a digest of the state that is equal on equal copies, for `jflow verify`. */
  digest?(): string | Promise<string>;
}

/** An executor's class. A worker accepts any class of this shape, also one of another jflow. */
export interface ExecutorClass {
  new (config: Readonly<Record<string, unknown>>, place: ExecutorPlace): ExecutorInstance;
  /** Method names by endpoint. `/default` handles every endpoint that is not named. */
  readonly requests: Readonly<Record<string, string>>;
  /** The names of the methods that change state. Their requests are logged and replicated. */
  readonly writes?: readonly string[];
  /** The polling of endpoints, unless the flow file states another. */
  readonly polling?: PollingTable;
}

/**
 * The base class of an executor. `Config` is the shape of `uses_with` in the flow file. A method
 * takes the documents of a request and a `RequestContext`, and may be asynchronous.
 *
 * ```ts
 * import { Executor, type DocumentArray } from "jflow";
 *
 * export class Shout extends Executor {
 *   static override readonly requests = { "/shout": "shout" };
 *   shout(docs: DocumentArray): void {
 *     for (const doc of docs) doc.text = doc.text.toUpperCase();
 *   }
 * }
 * ```
 */
export abstract class Executor<Config extends object = Record<string, unknown>> {
  /** Method names by endpoint. `/default` handles every endpoint that is not named. */
  static readonly requests: Readonly<Record<string, string>> = {};
  /** The names of the methods that change state. Their requests are logged and replicated. */
  static readonly writes: readonly string[] = [];
  /** The polling of endpoints, unless the flow file states another. */
  static readonly polling: PollingTable = {};

  /** `uses_with` of the flow file. */
  readonly config: Readonly<Config>;
  /** The number of the shard, from 0. */
  readonly shard: number;
  /** The number of shards of the deployment. */
  readonly shards: number;
  /** The number of the replica in its shard, from 0. */
  readonly replica: number;
  /** The absolute path of a folder that no other replica uses. */
  readonly workspace: string;
  /** Writes lines that `jflow logs` shows. */
  readonly log: ExecutorLog;

  constructor(config: Readonly<Config>, place: ExecutorPlace) {
    this.config = config;
    this.shard = place.shard;
    this.shards = place.shards;
    this.replica = place.replica;
    this.workspace = place.workspace;
    this.log = place.log;
  }
}
