import type { OperationId } from "../../model/shard/log.ts";
import type { CopyRecord, LoggedOperation } from "../protocol/record.ts";
import { REMEMBERED_OPERATIONS } from "../../util/limits/shards.ts";

/** The operation ids of the last records of a log, with their outcomes, applied or not. */
export class OperationTable {
  readonly #byId = new Map<OperationId, LoggedOperation>();
  readonly #remembered: number;

  constructor(operations: readonly LoggedOperation[], remembered: number = REMEMBERED_OPERATIONS) {
    this.#remembered = remembered;
    this.reset(operations);
  }

  find(operationId: OperationId): LoggedOperation | undefined {
    return this.#byId.get(operationId);
  }

  enter({ operationId, seq, outcome }: LoggedOperation | CopyRecord): void {
    this.#byId.delete(operationId);
    this.#byId.set(operationId, { operationId, seq, outcome });
    for (const [id, operation] of this.#byId) {
      if (operation.seq > seq - this.#remembered) break;
      this.#byId.delete(id);
    }
  }

  /** Returns the entries up to number `seq`, in order: the table of a snapshot of that number. */
  upTo(seq: number): readonly LoggedOperation[] {
    return [...this.#byId.values()].filter((operation) => operation.seq <= seq);
  }

  reset(operations: readonly LoggedOperation[]): void {
    this.#byId.clear();
    for (const operation of operations) this.enter(operation);
  }
}
