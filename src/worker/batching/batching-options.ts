import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { MAX_TIMER_MS } from "../../util/limits/flow-file.ts";
import { findMethod, type Bindings } from "../executor/bindings.ts";

/** The bounds of the batches of one endpoint. */
export interface BatchingOptions {
  /** The documents that fill a batch. */
  readonly preferredBatchSize: number;
  /** How long a request waits for a batch to fill. */
  readonly timeoutMs: number;
  /** A batch takes all waiting documents, also more than `preferredBatchSize`. */
  readonly flushAll: boolean;
}

/**
 * Keys and defaults are those of Jina:
 * https://docs.jina.ai/concepts/serving/executor/dynamic-batching/.
 */
const SHAPE = {
  preferred_batch_size: z
    .int("preferred_batch_size must be a number of documents")
    .min(1, "preferred_batch_size must be at least 1"),
  timeout: z
    .number("timeout must be a number of milliseconds")
    .min(0, "timeout must be at least 0")
    .max(MAX_TIMER_MS, `timeout must be at most ${MAX_TIMER_MS}`)
    .default(10_000),
  flush_all: z.boolean("flush_all must be true or false").default(false),
};
const OPTIONS = z.strictObject(SHAPE, { error: describeShape });

/**
 * Reads `uses_dynamic_batching`: options by endpoint or by method. Returns the options by method.
 * Throws `FLOW_INVALID` for a stateful executor, a wrong value, an endpoint or method that does not
 * exist, and a method that changes state.
 */
export function readBatching(
  given: Readonly<Record<string, unknown>>,
  bindings: Bindings,
  isStateful = false,
): ReadonlyMap<string, BatchingOptions> {
  const methods = new Set(bindings.methods.values());
  return new Map(
    Object.entries(given).map(([name, value]) => {
      if (isStateful) throw refuse(name, "only executors without state batch requests");
      const method = methods.has(name) ? name : findMethod(bindings, name);
      if (method === undefined) throw refuse(name, "no method handles this endpoint");
      if (bindings.writes.has(method))
        throw refuse(name, `${method} changes state, and writes are not batched`);
      const read = OPTIONS.safeParse(value);
      if (!read.success) throw refuse(name, read.error.issues.at(-1)!.message);
      const { preferred_batch_size: preferredBatchSize, timeout, flush_all: flushAll } = read.data;
      return [method, { preferredBatchSize, timeoutMs: timeout, flushAll }];
    }),
  );
}

function describeShape(issue: {
  readonly code?: string;
  readonly keys?: readonly string[];
}): string {
  const [unknown] = issue.keys ?? [];
  if (unknown === undefined)
    return "expected a mapping such as { preferred_batch_size: 32, timeout: 20 }";
  return `unknown key "${unknown}": the keys are ${Object.keys(SHAPE).join(", ")}`;
}

function refuse(name: string, reason: string): JflowError {
  return new JflowError("FLOW_INVALID", `uses_dynamic_batching "${name}": ${reason}`);
}
