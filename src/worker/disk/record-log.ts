import type { Position, RecordHead } from "../../model/log.ts";
import type { Log, LogRecord } from "../../storage/storage.ts";
import { PayloadCache } from "./payload-cache.ts";

const CACHE_BYTES = 32 * 1024 * 1024;
/**
 * How much of the log is read at once when records are applied or sent that are no longer in
 * memory.
 */
const READ_AHEAD_BYTES = 4 * 1024 * 1024;

/** The log of a copy in the words of the replication room: heads there, payloads here. */
export class RecordLog {
  readonly #log: Log;
  readonly #cache = new PayloadCache(CACHE_BYTES);

  constructor(log: Log) {
    this.#log = log;
  }

  /** Size on disk. */
  get bytes(): number {
    return this.#log.bytes;
  }

  /**
   * Throws where the log has failed: memory is ahead of the disk then, and the process must end.
   */
  append(heads: readonly RecordHead[], payloadOf: (head: RecordHead) => Uint8Array): void {
    const records = heads.map((head) => toRecord(head, payloadOf(head)));
    this.#log.append(records);
    for (const record of records) this.#cache.set(record.seq, record.payload);
  }

  /** Rejects where the log has failed. */
  sync(): Promise<Position> {
    return this.#log.sync();
  }

  /** The payload of a record that is held. Rejects with `DATA_LOSS` where it is damaged on disk. */
  async payload(seq: number): Promise<Uint8Array> {
    const [payload] = await this.payloads([seq]);
    if (payload === undefined) throw new Error(`record ${seq} is not in the log`);
    return payload;
  }

  /** The payloads of records that follow one another. */
  async payloads(seqs: readonly number[]): Promise<Uint8Array[]> {
    const payloads: Uint8Array[] = [];
    for (const seq of seqs) {
      const cached = this.#cache.get(seq);
      payloads.push(cached ?? (await this.#read(seq)));
    }
    return payloads;
  }

  /** Those same payloads, if all of them are in memory. */
  cachedPayloads(seqs: readonly number[]): Uint8Array[] | undefined {
    const payloads = seqs.map((seq) => this.#cache.get(seq));
    return payloads.every((payload) => payload !== undefined) ? payloads : undefined;
  }

  /**
   * Lets go of a payload that was applied: the executor may have kept, and changed, what it was
   * made of. The one on disk stays.
   */
  forget(seq: number): void {
    this.#cache.delete(seq);
  }

  trim(below: number): Promise<void> {
    return this.#log.trim(below);
  }

  async reset(base: Position): Promise<void> {
    this.#cache.clear();
    await this.#log.reset({ seq: base.seq, term: base.term });
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  async #read(seq: number): Promise<Uint8Array> {
    const records = await this.#log.read(seq, this.#log.last.seq, READ_AHEAD_BYTES);
    for (const record of records) this.#cache.set(record.seq, record.payload);
    const [first] = records;
    if (first === undefined) throw new Error(`record ${seq} is not in the log`);
    return first.payload;
  }
}

function toRecord(head: RecordHead, payload: Uint8Array): LogRecord {
  const { seq, term, operationId, outcome } = head;
  return {
    seq,
    term,
    operationId,
    outcome,
    payload,
  };
}
