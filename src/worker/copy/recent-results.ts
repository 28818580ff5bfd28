import type { OperationId } from "../../model/shard/log.ts";
import type { MethodEnd } from "../executor/executor-host.ts";
import { MAX_REMEMBERED_RESULT_CHARS, REMEMBERED_RESULTS } from "../../util/limits/shards.ts";

type Result = Readonly<Record<string, unknown>>;

/**
 * The objects that the latest writes returned, for the answers to repeats of these writes. They are
 * not on disk: after a restart, repeats are answered without them.
 */
export class RecentResults {
  readonly #results = new Map<OperationId, Result>();

  /** Keeps the object that a write returned on this copy, if the object is small. */
  note(operationId: OperationId, end: MethodEnd): void {
    if (end.kind !== "done" || end.result.kind !== "object") return;
    const { value } = end.result;
    if (JSON.stringify(value).length > MAX_REMEMBERED_RESULT_CHARS) return;
    this.#results.set(operationId, value);
    if (this.#results.size <= REMEMBERED_RESULTS) return;
    const [oldest] = this.#results.keys();
    this.#results.delete(oldest!);
  }

  find(operationId: OperationId): Result | undefined {
    return this.#results.get(operationId);
  }
}
