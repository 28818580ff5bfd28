import { JflowError } from "../../util/errors.ts";
import { assertFinite } from "../core/distance.ts";
import type { SparseCoordinates } from "../core/similarity-index.ts";

/**
 * The metric of a sparse index. `bm25` takes counts of terms, none of them negative. Its
 * distance is the part of the weight of the query's terms that an entry lacks, from 0 to 1.
 */
export type SparseMetric = "cosine" | "ip" | "bm25";

const DIMENSIONS = 2 ** 31;

/**
 * The vector as it is kept and compared: indices rising, each once, no zeros; for cosine of length
 * 1, so that its distance is that of `ip`. `what` names the vector in the error `INVALID_ARGUMENT`.
 */
export function prepareSparseVector(
  metric: SparseMetric,
  vector: SparseCoordinates,
  what: string,
): SparseCoordinates {
  assertUsable(vector, what);
  if (metric !== "cosine" && isPrepared(vector)) return vector;
  const sums = new Map<number, number>();
  vector.indices.forEach((index, i) => sums.set(index, (sums.get(index) ?? 0) + vector.values[i]!));
  const cells = [...sums].filter(([, value]) => value !== 0).toSorted(([a], [b]) => a - b);
  const length =
    metric === "cosine" ? Math.sqrt(cells.reduce((sum, [, value]) => sum + value * value, 0)) : 1;
  const values = Float32Array.from(cells, ([, value]) => value / length);
  assertFinite(values, what);
  return { indices: Uint32Array.from(cells, ([index]) => index), values };
}

/** Returns whether the indices rise, each once, and no value is 0. */
function isPrepared({ indices, values }: SparseCoordinates): boolean {
  for (let at = 0; at < indices.length; at += 1)
    if (values[at] === 0 || (at > 0 && indices[at]! <= indices[at - 1]!)) return false;
  return true;
}

/** The bytes of a prepared vector, for its hash. */
export function sparseVectorBytes({ indices, values }: SparseCoordinates): Uint8Array {
  const bytes = new Uint8Array(indices.length * 8);
  bytes.set(new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength));
  bytes.set(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    indices.byteLength,
  );
  return bytes;
}

function assertUsable({ indices, values }: SparseCoordinates, what: string): void {
  if (indices.length !== values.length) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${what} has ${indices.length} indices for ${values.length} values`,
    );
  }
  const tooLarge = indices.find((index) => index >= DIMENSIONS);
  if (tooLarge !== undefined) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${what} has a value at index ${tooLarge}: indices end at 2^31 - 1`,
    );
  }
  assertFinite(values, what);
}
