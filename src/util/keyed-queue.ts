/**
 * Runs tasks that share a key one after another, in the order in which they arrived. Tasks without
 * a common key run at the same time. A failed task does not stop the next one.
 */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<void>>();

  /** The number of keys with an unfinished task. */
  get size(): number {
    return this.#last.size;
  }

  /** Resolves or rejects as the task does. */
  async run<T>(keys: Iterable<string>, task: () => Promise<T>): Promise<T> {
    const own = new Set(keys);
    const earlier = new Set([...own].flatMap((key) => this.#last.get(key) ?? []));
    const result = earlier.size === 0 ? task() : Promise.all(earlier).then(task);
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    for (const key of own) this.#last.set(key, ended);
    try {
      return await result;
    } finally {
      for (const key of own) if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
