import type { Position } from "../../model/shard/log.ts";
import type { CopyRecord } from "../protocol/record.ts";
import { JflowError } from "../../util/errors.ts";

/** The maximum of unanswered records and bytes to one copy. */
export interface FlowLimits {
  readonly records: number;
  readonly bytes: number;
}

/**
 * The records of one log, from its base on. Numbers have no gap: `append` throws `INTERNAL` for a
 * record that does not follow.
 */
export class CopyLog {
  #base: Position;
  #records: CopyRecord[] = [];
  /**
   * `#ends[i]` is the size of all records ever appended here, up to and including `#records[i]`.
   */
  #ends: number[] = [];
  #trimmedBytes = 0;

  constructor(base: Position, records: readonly CopyRecord[]) {
    this.#base = base;
    for (const record of records) this.append(record);
  }

  /** The position before the first record held. */
  get base(): Position {
    return this.#base;
  }

  get last(): Position {
    return this.#records.at(-1) ?? this.#base;
  }

  append(record: CopyRecord): void {
    if (record.seq !== this.last.seq + 1) {
      throw new JflowError(
        "INTERNAL",
        `record ${record.seq} cannot follow record ${this.last.seq} in the log`,
      );
    }
    this.#records.push(record);
    this.#ends.push((this.#ends.at(-1) ?? this.#trimmedBytes) + record.bytes);
  }

  at(seq: number): CopyRecord | undefined {
    return this.#records[seq - this.#base.seq - 1];
  }

  /** Returns the position with that number; `undefined` if the log does not hold the number. */
  positionAt(seq: number): Position | undefined {
    return seq === this.#base.seq ? this.#base : this.at(seq);
  }

  /**
   * Returns the records from number `from` on, within the limits, but at least one if there is one.
   */
  slice(from: number, limits: FlowLimits): readonly CopyRecord[] {
    const records: CopyRecord[] = [];
    let bytes = 0;
    for (let seq = from; records.length < limits.records; seq++) {
      const record = this.at(seq);
      if (!record || (records.length > 0 && bytes + record.bytes > limits.bytes)) break;
      records.push(record);
      bytes += record.bytes;
    }
    return records;
  }

  /**
   * Returns the size of the records after number `after`, up to and including `upTo`. Trimmed
   * records do not count.
   */
  bytesBetween(after: number, upTo: number): number {
    return Math.max(0, this.#endAt(upTo) - this.#endAt(after));
  }

  /** Drops the records below number `below`. */
  trim(below: number): void {
    const base = this.positionAt(below - 1);
    if (!base || base === this.#base) return;
    const count = base.seq - this.#base.seq;
    this.#trimmedBytes = this.#ends[count - 1]!;
    this.#base = { seq: base.seq, term: base.term };
    this.#records = this.#records.slice(count);
    this.#ends = this.#ends.slice(count);
  }

  /** Drops everything. The next record is the one after `base`. */
  reset(base: Position): void {
    this.#base = base;
    this.#records = [];
    this.#ends = [];
    this.#trimmedBytes = 0;
  }

  #endAt(seq: number): number {
    if (seq <= this.#base.seq) return this.#trimmedBytes;
    return this.#ends[seq - this.#base.seq - 1] ?? this.#ends.at(-1) ?? this.#trimmedBytes;
  }
}
