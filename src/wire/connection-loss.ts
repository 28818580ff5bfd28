/** Whether a request on a lost connection reached the worker: `never`, or `maybe`. */
type ConnectionLoss = "never" | "maybe";

const losses = new WeakMap<Error, ConnectionLoss>();

/**
 * Returns whether the request may have reached the worker, for an error that reports a lost
 * connection. `never`: the request was not sent. `maybe`: it was sent and not answered. Undefined
 * for any other error.
 */
export function connectionLoss(error: unknown): ConnectionLoss | undefined {
  return error instanceof Error ? losses.get(error) : undefined;
}

/** Marks `error` as the loss of a connection. */
export function markConnectionLoss(error: Error, loss: ConnectionLoss): void {
  losses.set(error, loss);
}
