/** Calls listeners after every change. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** Returns a function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves with true once `isReached` holds, with false after `timeoutMs`. */
  async until(isReached: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isReached()) return true;
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        clearTimeout(late);
        unsubscribe();
        resolve(reached);
      };
      const late = setTimeout(() => settle(false), timeoutMs);
      const unsubscribe = this.subscribe(() => {
        if (isReached()) settle(true);
      });
    });
  }
}
