/**
 * Whether a caller still waits: the part of an `AbortSignal` that jflow uses itself. Making an
 * `AbortSignal` for each request costs more than the rest of a small request.
 */
export interface Cancellation {
  readonly aborted: boolean;
  /** The error to throw; undefined until `aborted`. */
  readonly reason: unknown;
  addEventListener(
    type: "abort",
    listener: () => void,
    options?: { readonly once?: boolean },
  ): void;
  removeEventListener(type: "abort", listener: () => void): void;
  throwIfAborted(): void;
}

/** Never aborts. */
export const NEVER_CANCELLED: Cancellation = {
  aborted: false,
  reason: undefined,
  addEventListener() {},
  removeEventListener() {},
  throwIfAborted() {},
};

/** Returns an `AbortSignal` that aborts with `cancellation`. */
export function toAbortSignal(cancellation: Cancellation): AbortSignal {
  if (cancellation instanceof AbortSignal) return cancellation;
  const controller = new AbortController();
  const abort = (): void => controller.abort(cancellation.reason);
  if (cancellation.aborted) abort();
  else cancellation.addEventListener("abort", abort);
  return controller.signal;
}
