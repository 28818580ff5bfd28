import { Executor } from "../index.ts";

/**
 * Jina's `BaseExecutor`: what a deployment without `uses` runs. It takes every endpoint and leaves
 * the documents as they are.
 */
export class BaseExecutor extends Executor {
  static override readonly requests = { "/default": "pass" };

  pass(): void {
    // Nothing is changed: that is the executor.
  }
}
