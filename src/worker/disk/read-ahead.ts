import type { Log, LogRecord } from "../../storage/storage.ts";

/** How much of the log is read at once. */
const READ_AHEAD_BYTES = 4 * 1024 * 1024;

/** Reads payloads that follow one another from a log, many records at a time. */
export class ReadAhead {
  readonly #log: Log;
  #records: readonly LogRecord[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Rejects with `DATA_LOSS` if the record is damaged on disk. */
  async payload(seq: number): Promise<Uint8Array> {
    const record = this.#find(seq) ?? (await this.#read(seq));
    if (record === this.#records.at(-1)) this.clear();
    return record.payload;
  }

  clear(): void {
    this.#records = [];
  }

  #find(seq: number): LogRecord | undefined {
    const [first] = this.#records;
    return first === undefined ? undefined : this.#records[seq - first.seq];
  }

  async #read(seq: number): Promise<LogRecord> {
    this.#records = await this.#log.read(seq, this.#log.last.seq, READ_AHEAD_BYTES);
    const [record] = this.#records;
    if (record === undefined) throw new Error(`record ${seq} is not in the log`);
    return record;
  }
}
