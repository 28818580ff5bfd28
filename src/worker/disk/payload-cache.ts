/**
 * Payloads of the newest records, so that sending and applying them reads no file. Bounded by
 * bytes; the oldest go first.
 */
export class PayloadCache {
  readonly #payloads = new Map<number, Uint8Array>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(seq: number): Uint8Array | undefined {
    return this.#payloads.get(seq);
  }

  set(seq: number, payload: Uint8Array): void {
    this.delete(seq);
    this.#payloads.set(seq, payload);
    this.#bytes += payload.length;
    for (const oldest of this.#payloads.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      if (oldest !== seq) this.delete(oldest);
    }
  }

  delete(seq: number): void {
    this.#bytes -= this.#payloads.get(seq)?.length ?? 0;
    this.#payloads.delete(seq);
  }

  clear(): void {
    this.#payloads.clear();
    this.#bytes = 0;
  }
}
