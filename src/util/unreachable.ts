/**
 * Ends a switch over a union: the compiler reports an error if a member was forgotten. Throws if it
 * is reached all the same.
 */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
