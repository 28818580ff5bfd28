import { NEVER_CANCELLED } from "../../wire/cancellation.ts";
import type { Outcome, RecordHead } from "../../model/shard/log.ts";
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { SerialQueue } from "../../util/serial-queue.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import { interpretResult } from "../executor/results.ts";
import { findMethod, type Bindings } from "../executor/bindings.ts";
import { readCall, type ExecutorCall } from "../executor/executor-call.ts";
import type { ExecutorHost, MethodEnd } from "../executor/executor-host.ts";
import type { ApplyingMark } from "../disk/applying-mark.ts";
import type { History } from "../disk/history.ts";
import { decodeWrite } from "../disk/write-payload.ts";
import { MAX_LOGGED_ERROR_CHARS } from "../../util/limits/shards.ts";

/**
 * After this much work in a row, other tasks of the process run: heartbeats, reads and the links of
 * the shard.
 */
const WORK_IN_A_ROW_MS = 8;

/** A write that has run on this process, and its duration. */
export interface RunEnd {
  readonly end: MethodEnd;
  readonly outcome: Outcome;
  readonly elapsedMs: number;
}

/**
 * The queue of everything that changes the state of the executor: writes, records of the log,
 * snapshots and restores. One task runs at a time.
 */
export class ApplyQueue {
  readonly #host: ExecutorHost;
  readonly #bindings: Bindings;
  readonly #history: History;
  readonly #mark: ApplyingMark;
  readonly #findBackup: (name: string) => Promise<{ readonly path: string }>;
  readonly #queue = new SerialQueue();
  #workedMs = 0;

  constructor(
    host: ExecutorHost,
    deps: {
      bindings: Bindings;
      history: History;
      mark: ApplyingMark;
      /** Returns the snapshot of a staged backup. */
      findBackup(name: string): Promise<{ readonly path: string }>;
    },
  ) {
    this.#host = host;
    this.#bindings = deps.bindings;
    this.#history = deps.history;
    this.#mark = deps.mark;
    this.#findBackup = async (name) => deps.findBackup(name);
  }

  /** Runs a write. No other task begins before `then` has returned. */
  run(call: ExecutorCall, then: (ran: RunEnd) => void): Promise<void> {
    return this.#queue.run(async () => {
      await this.#giveWay();
      then(call.restored === undefined ? await this.#call(call) : await this.#tryRestore(call));
    });
  }

  /** Applies a record of the log in the same way as `run` ran it on the primary. */
  apply(
    head: RecordHead,
    payload: () => Promise<Uint8Array>,
    then: (ran: RunEnd) => void,
  ): Promise<void> {
    return this.#queue.run(async () => {
      await this.#giveWay();
      const bytes = await payload();
      this.#mark.set(head.seq);
      const write = decodeWrite(bytes);
      const call = readCall(write);
      const ran =
        call.restored === undefined
          ? await this.#call(call, write.isFormer)
          : await this.#repeatRestore(call, head.outcome);
      this.#mark.clear();
      this.#history.note({ ...head, outcome: ran.outcome }, bytes);
      then(ran);
    });
  }

  /** Runs another task while no write runs. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(task);
  }

  async #call(call: ExecutorCall, isFormer = false): Promise<RunEnd> {
    const start = performance.now();
    const bound = findMethod(this.#bindings, call.endpoint);
    const method = isFormer && bound ? (this.#bindings.former.get(bound) ?? bound) : bound;
    if (method === undefined)
      throw new Error(
        `the log holds a write to ${call.endpoint}, which the executor no longer binds`,
      );
    // A write that one copy stops would still run on the other copies.
    const end = await this.#host.run(method, call, NEVER_CANCELLED);
    const elapsedMs = performance.now() - start;
    this.#workedMs += elapsedMs;
    return { end, outcome: outcomeOf(end), elapsedMs };
  }

  /** Runs a restore on the primary. If the backup cannot be loaded, the state is unchanged. */
  async #tryRestore(call: ExecutorCall): Promise<RunEnd> {
    const start = performance.now();
    const end = await this.#restore(call).catch((thrown: unknown): MethodEnd => ({
      kind: "threw",
      error: toJflowError(thrown),
    }));
    return { end, outcome: outcomeOf(end), elapsedMs: performance.now() - start };
  }

  /** Applies a restore of the log. A copy that cannot load the backup must not continue. */
  async #repeatRestore(call: ExecutorCall, outcome: Outcome): Promise<RunEnd> {
    const start = performance.now();
    const end: MethodEnd =
      outcome.kind === "threw"
        ? { kind: "threw", error: new JflowError("EXECUTOR_FAILED", outcome.error) }
        : await this.#restore(call);
    return { end, outcome, elapsedMs: performance.now() - start };
  }

  async #restore(call: ExecutorCall): Promise<MethodEnd> {
    const { path } = await this.#findBackup(call.restored!);
    await this.#host.replace(path);
    return { kind: "done", documents: { docs: [] }, result: interpretResult(undefined, "restore") };
  }

  /** A backlog of writes is a chain of promises, so other tasks would wait until its end. */
  async #giveWay(): Promise<void> {
    if (this.#workedMs < WORK_IN_A_ROW_MS) return;
    this.#workedMs = 0;
    await setImmediate();
  }
}

function outcomeOf(end: MethodEnd): Outcome {
  return end.kind === "done"
    ? { kind: "done" }
    : { kind: "threw", error: end.error.message.slice(0, MAX_LOGGED_ERROR_CHARS) };
}
