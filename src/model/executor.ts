import type { Document, DocumentArray } from "../document/document.ts";
import type { PollingTable } from "./polling.ts";

/** What a method of an executor is told about the request beside its documents. */
export interface RequestContext {
  readonly endpoint: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  /** Aborted when the caller is gone or late. */
  readonly signal: AbortSignal;
  /** At a join or in `uses_after`: one array per branch or shard. */
  readonly docsMatrix?: readonly DocumentArray[];
  /** The same by the name of the deployment each came from. */
  readonly docsMap?: ReadonlyMap<string, DocumentArray>;
}

/** Lines for people; they reach `jflow logs`. */
export interface ExecutorLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * What a method may give back: documents that replace the request's, a plain object for
 * `__results__`, or nothing (changed in place).
 */
export type ExecutorResult =
  | DocumentArray
  | readonly Document[]
  | Readonly<Record<string, unknown>>
  | void;

/** Where an executor finds itself: laid on the instance before `load()`. */
export interface ExecutorPlace {
  readonly shard: number;
  readonly shards: number;
  readonly replica: number;
  /** The folder this replica owns, absolute. */
  readonly workspace: string;
  readonly log: ExecutorLog;
}

/** What the worker calls; an executor is recognised by this shape, never by `instanceof`. */
export interface ExecutorInstance {
  load?(): void | Promise<void>;
  close?(): void | Promise<void>;
  /** Writes the whole state into an existing empty folder. No write runs meanwhile. */
  snapshot?(folder: string): void | Promise<void>;
  /** Replaces the whole state by that of a folder `snapshot` wrote. */
  restore?(folder: string): void | Promise<void>;
  /** All documents held, for resharding. */
  documents?(): Iterable<Document> | AsyncIterable<Document>;
  /** How many documents are held: the DOCS column. */
  count?(): number;
  /** A digest of the logical state, equal on equal copies: for `jflow verify`. */
  digest?(): string | Promise<string>;
}

/** The static side: what a class declares. */
export interface ExecutorClass {
  new (config: Readonly<Record<string, unknown>>, place: ExecutorPlace): ExecutorInstance;
  /** Endpoint to method name; `/default` catches the endpoints that are not named. */
  readonly requests: Readonly<Record<string, string>>;
  /** Names of the methods that change state. */
  readonly writes?: readonly string[];
  readonly polling?: PollingTable;
}

/**
 * The base of a user's executor: what `import { Executor } from "jflow"` gives.
 * `Config` is the shape of `uses_with`.
 */
export abstract class Executor<Config extends object = Record<string, unknown>> {
  static readonly requests: Readonly<Record<string, string>> = {};
  static readonly writes: readonly string[] = [];
  static readonly polling: PollingTable = {};

  readonly config: Readonly<Config>;
  readonly shard: number;
  readonly shards: number;
  readonly replica: number;
  readonly workspace: string;
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
