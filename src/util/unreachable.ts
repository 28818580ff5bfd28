/** The messages of `assertNever` start with this text. */
export const UNREACHABLE = "unreachable: ";

/**
 * Ends a switch over a union: the compiler reports an error if a member was forgotten. Throws if it
 * is reached all the same.
 */
export function assertNever(value: never): never {
  throw new Error(`${UNREACHABLE}${JSON.stringify(value)}`);
}
