import { JflowError } from "../../util/errors.ts";

/**
 * Returns the `idempotency-key` of a request, or undefined if the request has none. Throws
 * `INVALID_ARGUMENT` for several keys, and for an empty one: all requests of a client whose key is
 * empty by mistake would count as one.
 */
export function readIdempotencyKey(keys: readonly string[] = []): string | undefined {
  if (keys.length > 1)
    throw new JflowError("INVALID_ARGUMENT", "the request has more than one idempotency-key");
  const [key] = keys;
  if (key?.trim() === "")
    throw new JflowError("INVALID_ARGUMENT", "the idempotency-key of the request is empty");
  return key;
}
