import { JflowError } from "../../src/util/errors.ts";

/** Yields every prefix of `bytes`, and `bytes` with each one of its bits flipped. */
export function* damage(bytes: Uint8Array): Generator<Uint8Array> {
  for (let cut = 0; cut < bytes.length; cut += 1) yield bytes.subarray(0, cut);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    yield flipped;
  }
}

/**
 * Returns the damaged variants of `bytes` for which `read` throws anything but `INVALID_ARGUMENT`:
 * in hex, with the error. A test compares the result with `[]`.
 */
export function unexpectedFailures(
  bytes: Uint8Array,
  read: (damaged: Uint8Array) => void,
): string[] {
  const unexpected: string[] = [];
  for (const damaged of damage(bytes)) {
    try {
      read(damaged);
    } catch (error) {
      if (!(error instanceof JflowError && error.code === "INVALID_ARGUMENT")) {
        unexpected.push(`${Buffer.from(damaged).toString("hex")}: ${String(error)}`);
      }
    }
  }
  return unexpected;
}
