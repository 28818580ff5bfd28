/**
 * The minimum time between two writes. The checkpoint only serves to detect a log that lost its
 * end, so an older checkpoint is enough.
 */
const WRITE_EVERY_MS = 1000;

/** Records the newest checkpoint, lazily. */
export class CheckpointKeeper {
  readonly #store: (checkpoint: number) => Promise<void>;
  readonly #onFailed: (error: unknown) => void;
  #wanted: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: (checkpoint: number) => Promise<void>, onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#onFailed = onFailed;
  }

  record(checkpoint: number): void {
    this.#wanted = checkpoint;
    this.#timer ??= setTimeout(() => void this.#write(), WRITE_EVERY_MS).unref();
  }

  /** Writes the newest checkpoint if it is not written yet. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#write();
  }

  async #storeAfter(before: Promise<void>): Promise<void> {
    await before;
    const checkpoint = this.#wanted;
    this.#wanted = undefined;
    if (checkpoint === undefined) return;
    try {
      await this.#store(checkpoint);
    } catch (error) {
      this.#onFailed(error);
    }
  }

  #write(): Promise<void> {
    this.#timer = undefined;
    this.#writing = this.#storeAfter(this.#writing);
    return this.#writing;
  }
}
