/**
 * The handle to the payload of one record. The payload is in memory while the record is new, and is
 * read from the log afterwards.
 */
export class PayloadHandle {
  /** Undefined once only the log holds the payload. */
  bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array | undefined) {
    this.bytes = bytes;
  }
}

/** The handle of all records that were found in a log. */
export const ON_DISK: PayloadHandle = Object.freeze(new PayloadHandle(undefined));

/**
 * Keeps the payloads of the newest records in memory, so that sending and applying them reads no
 * file. Releases the oldest payloads beyond a number of bytes.
 */
export class PayloadMemory {
  readonly #held = new Set<PayloadHandle>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  hold(payload: PayloadHandle): void {
    if (payload.bytes === undefined || this.#held.has(payload)) return;
    this.#held.add(payload);
    this.#bytes += payload.bytes.length;
    for (const oldest of this.#held) {
      if (this.#bytes <= this.#maxBytes) return;
      if (oldest !== payload) this.release(oldest);
    }
  }

  release(payload: PayloadHandle): void {
    if (!this.#held.delete(payload)) return;
    this.#bytes -= payload.bytes?.length ?? 0;
    payload.bytes = undefined;
  }

  clear(): void {
    for (const payload of this.#held) this.release(payload);
  }
}
