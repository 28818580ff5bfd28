/**
 * The IPC channel between this process and the process that started it. The channel keeps the event
 * loop alive until the first message arrives or the channel closes.
 */
export class ParentChannel<In, Out> {
  /** The first message of the parent. Never rejects. */
  readonly first: Promise<In>;
  readonly #process: NodeJS.Process;

  constructor(process: NodeJS.Process) {
    this.#process = process;
    this.first = new Promise((resolve) => {
      process.once("message", (message) => resolve(message as In));
    });
  }

  /** Resolves once the message has left this process, or when the parent is gone. */
  async send(message: Out): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#process.send === undefined || !this.#process.connected) return resolve();
      this.#process.send(message, undefined, undefined, () => resolve());
    });
  }

  /** Calls `listener` when the parent closes the channel or dies. */
  onClosed(listener: () => void): void {
    this.#process.once("disconnect", listener);
  }
}
