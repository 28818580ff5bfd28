import type { CopyMessage, PrimaryMessage, ProcessId } from "../../replication/replication.ts";
import type { PayloadHandle } from "../disk/payload-handle.ts";
import type { ReadAhead } from "../disk/read-ahead.ts";
import type { HandledRecord, RecordLog } from "../disk/record-log.ts";
import type { CopyLinks } from "./copy-links.ts";

/**
 * Sends messages with the payloads of their records. Messages keep their order, although some
 * payloads are read from the log first.
 */
export class MessageSender {
  readonly #log: RecordLog;
  readonly #links: CopyLinks;
  /** The last message that waits for a payload, or for a message before it. */
  #waiting: Promise<void> | undefined;
  /** One reader for each copy whose records are no longer in memory. */
  readonly #readers = new Map<ProcessId, ReadAhead>();

  constructor(log: RecordLog, links: CopyLinks) {
    this.#log = log;
    this.#links = links;
  }

  /** Resolves when the message is on its way. Rejects if a payload cannot be read. */
  async send(to: ProcessId, message: PrimaryMessage<PayloadHandle> | CopyMessage): Promise<void> {
    const records = message.type === "append" ? message.records : [];
    const inMemory = payloadsInMemory(records);
    if (inMemory !== undefined && records.length > 0) this.#readers.delete(to);
    if (this.#waiting === undefined && inMemory !== undefined) {
      this.#links.send(to, message, inMemory);
      return;
    }
    const waiting = this.#sendAfter(this.#waiting, async () => {
      this.#links.send(to, message, inMemory ?? (await this.#read(to, records)));
    });
    this.#waiting = waiting;
    await waiting;
    if (this.#waiting === waiting) this.#waiting = undefined;
  }

  /** Ends the stream of records to the process. */
  forget(to: ProcessId): void {
    this.#readers.delete(to);
  }

  async #sendAfter(before: Promise<void> | undefined, send: () => Promise<void>): Promise<void> {
    await before;
    await send();
  }

  async #read(to: ProcessId, records: readonly HandledRecord[]): Promise<Uint8Array[]> {
    const reader = this.#readers.get(to) ?? this.#log.readAhead();
    this.#readers.set(to, reader);
    const payloads: Uint8Array[] = [];
    for (const { seq, payload } of records)
      payloads.push(payload.bytes ?? (await reader.payload(seq)));
    return payloads;
  }
}

/** The payloads of records, if all of them are in memory. */
function payloadsInMemory(records: readonly HandledRecord[]): Uint8Array[] | undefined {
  const payloads: Uint8Array[] = [];
  for (const { payload } of records) {
    if (payload.bytes === undefined) return undefined;
    payloads.push(payload.bytes);
  }
  return payloads;
}
