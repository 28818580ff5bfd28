import type { Position } from "../../model/shard/log.ts";
import type { CopyRecord } from "../../replication/replication.ts";
import type { Log, LogRecord } from "../../storage/storage.ts";
import { PayloadMemory, type PayloadHandle } from "./payload-handle.ts";
import { ReadAhead } from "./read-ahead.ts";

/** A record as the decisions of a copy hold it in this process. */
export type HandledRecord = CopyRecord<PayloadHandle>;

const MEMORY_BYTES = 32 * 1024 * 1024;

/** The log of a copy: records go in with their payloads, and payloads come out by their handles. */
export class RecordLog {
  readonly #log: Log;
  readonly #memory = new PayloadMemory(MEMORY_BYTES);
  readonly #applying: ReadAhead;

  constructor(log: Log) {
    this.#log = log;
    this.#applying = new ReadAhead(log);
  }

  /** Size on disk. */
  get bytes(): number {
    return this.#log.bytes;
  }

  /** Throws if the log has failed: memory is ahead of the disk then, and the process must end. */
  append(records: readonly HandledRecord[]): void {
    this.#log.append(records.map(toLogRecord));
    for (const { payload } of records) this.#memory.hold(payload);
  }

  /** Rejects if the log has failed. */
  sync(): Promise<Position> {
    return this.#log.sync();
  }

  /** The payload of a record to apply. Rejects with `DATA_LOSS` if it is damaged on disk. */
  async payload({ seq, payload }: HandledRecord): Promise<Uint8Array> {
    return payload.bytes ?? this.#applying.payload(seq);
  }

  /**
   * Releases the payload of an applied record from memory, because the executor may keep and change
   * arrays made of the payload. The payload on disk stays.
   */
  release({ payload }: HandledRecord): void {
    this.#memory.release(payload);
  }

  /** Returns records with their payloads, as `Log.read` does. */
  read(from: number, to: number, maxBytes: number): Promise<readonly LogRecord[]> {
    return this.#log.read(from, to, maxBytes);
  }

  /** Returns a reader for one stream of payloads to another copy. */
  readAhead(): ReadAhead {
    return new ReadAhead(this.#log);
  }

  trim(below: number): Promise<void> {
    return this.#log.trim(below);
  }

  async reset(base: Position): Promise<void> {
    this.#memory.clear();
    this.#applying.clear();
    await this.#log.reset({ seq: base.seq, term: base.term });
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

function toLogRecord({ seq, term, operationId, outcome, payload }: HandledRecord): LogRecord {
  if (payload.bytes === undefined) throw new Error(`record ${seq} has no payload to append`);
  return { seq, term, operationId, outcome, payload: payload.bytes };
}
