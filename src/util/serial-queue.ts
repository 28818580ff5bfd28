/**
 * Runs tasks one after another, in the order they were given; one that fails does not stop the
 * next.
 */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Tasks given and not ended yet. */
  get length(): number {
    return this.#waiting;
  }

  /** Resolves or rejects as the task does. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    this.#waiting += 1;
    const result = this.#last.then(task);
    const ended = (): void => {
      this.#waiting -= 1;
    };
    this.#last = result.then(ended, ended);
    return result;
  }

  /** Resolves when all that was given up to now has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
