import type { FlowState } from "../../model/control/flow-state.ts";
import { MAX_STATE_GAP_MS, MIN_STATE_GAP_MS } from "../../util/limits/processes.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

type StateListener = (state: FlowState) => void;

/**
 * Sends the state of the flow after each change, and regularly because of CPU, RSS and numbers of
 * documents. Does nothing without a listener.
 */
export class StateFeed {
  readonly #read: () => FlowState;
  readonly #listeners = new Set<StateListener>();
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor({ changes }: Pick<FlowSupervisor, "changes">, read: () => FlowState) {
    this.#read = read;
    changes.subscribe(() => this.#arm(this.#lastMs + MIN_STATE_GAP_MS));
  }

  /**
   * Calls `listener` with the state now and later, without its events. Returns a function that ends
   * this.
   */
  subscribe(listener: StateListener): () => void {
    this.#listeners.add(listener);
    listener(this.#read());
    this.#arm(performance.now() + MAX_STATE_GAP_MS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#disarm();
    };
  }

  #send(): void {
    const state = this.#read();
    this.#lastMs = performance.now();
    this.#disarm();
    this.#arm(this.#lastMs + MAX_STATE_GAP_MS);
    for (const listener of this.#listeners) listener(state);
  }

  #arm(dueMs: number): void {
    if (this.#listeners.size === 0 || this.#dueMs <= dueMs) return;
    this.#disarm();
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#send(), Math.max(0, dueMs - performance.now())).unref();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
}
