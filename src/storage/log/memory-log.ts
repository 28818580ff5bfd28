import type { Position, RecordHead } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import { takeFitting } from "./fitting.ts";
import { assertHeld, headOf, positionAfter, type Log, type LogRecord } from "./log.ts";
import { recordBytes } from "./record-format.ts";

/**
 * A log in memory, for state that need not outlive its process. It trims exactly, and every record
 * is safe as soon as it is appended.
 */
export class MemoryLog implements Log {
  #base: Position = { seq: 0, term: 0 };
  #last: Position = { seq: 0, term: 0 };
  #records: LogRecord[] = [];
  #closed = false;

  get first(): number {
    return this.#base.seq + 1;
  }
  get last(): Position {
    return this.#last;
  }
  get bytes(): number {
    return this.#records.reduce((sum, record) => sum + recordBytes(record), 0);
  }

  append(records: readonly LogRecord[]): void {
    this.#assertOpen();
    const last = positionAfter(this.#last, records);
    for (const record of records) this.#records.push(record);
    this.#last = last;
  }

  async sync(): Promise<Position> {
    this.#assertOpen();
    return this.#last;
  }

  async read(from: number, to: number, maxBytes: number): Promise<LogRecord[]> {
    this.#assertOpen();
    assertHeld(from, this.first);
    return takeFitting(this.#records.slice(from - this.first), {
      from,
      to,
      room: maxBytes,
      mayExceed: true,
    });
  }

  heads(): readonly RecordHead[] {
    return this.#records.map((record) => headOf(record, recordBytes(record)));
  }

  async trim(below: number): Promise<void> {
    this.#assertOpen();
    const dropped = this.#records.splice(0, Math.max(0, below - this.first));
    const last = dropped.at(-1);
    if (last !== undefined) this.#base = { seq: last.seq, term: last.term };
  }

  async reset(base: Position): Promise<void> {
    this.#assertOpen();
    [this.#base, this.#last, this.#records] = [base, base, []];
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new JflowError("INTERNAL", "the log is closed");
  }
}
