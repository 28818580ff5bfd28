import type { Position } from "../../model/shard/log.ts";
import type { JflowError } from "../../util/errors.ts";

interface Waiter {
  readonly seq: number;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: JflowError) => void;
}

/** Calls of `sync()` that wait for their record, in the order of the records. */
export class SyncWaiters {
  #waiters: Waiter[] = [];

  /** Resolves when record `seq` is safe. */
  waitFor(seq: number): Promise<Position> {
    return new Promise((resolve, reject) => this.#waiters.push({ seq, resolve, reject }));
  }

  /** Resolves every wait for a record up to `safe`. */
  reach(safe: Position): void {
    const later = this.#waiters.findIndex((waiter) => waiter.seq > safe.seq);
    const reached = this.#waiters.splice(0, later < 0 ? this.#waiters.length : later);
    for (const waiter of reached) waiter.resolve(safe);
  }

  /** Rejects every wait. */
  fail(error: JflowError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
