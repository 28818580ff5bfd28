import type { WorkerReply, WorkerRequest } from "./messages.ts";

export interface HopOptions {
  readonly maxMessageBytes: number;
  /** Requests in flight at most; a further one is refused with `RESOURCE_EXHAUSTED`. Default 10,000. */
  readonly maxInFlight?: number;
}

/** The gateway's end of the way to one worker of ours. Connects at once, and anew when it is asked after a loss. */
export interface Hop {
  readonly target: string;
  /**
   * Rejects with the worker's own error; `DEADLINE_EXCEEDED` when `timeoutMs` is over; `CANCELLED` when `signal` aborts; with a `HopLostError`'s
   * meaning (`isHopLost`) when the worker is gone.
   */
  call(request: WorkerRequest, signal?: AbortSignal): Promise<WorkerReply>;
  readonly inFlight: number;
  readonly connected: boolean;
  /** Called each time an established connection is lost. */
  onLost(listener: () => void): void;
  /** Requests in flight are rejected with `CANCELLED`. */
  close(): void;
}

export declare function connectHop(target: string, options: HopOptions): Hop;

/**
 * Whether `error` says that the worker is gone, and whether the request may have reached it.
 * `never`: it was not sent; `maybe`: it was, and no answer came; undefined: another kind of error.
 */
export declare function hopLoss(error: unknown): "never" | "maybe" | undefined;
