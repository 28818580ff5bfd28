import { JflowError } from "../../util/errors.ts";
import type { Metric } from "./similarity-index.ts";

/** The distance of `query` to the vector that starts at `offset` of `block`, as a float32 value. */
export type DistanceFunction = (query: Float32Array, block: Float32Array, offset: number) => number;

/** Throws `INVALID_ARGUMENT` if a value is NaN or infinite; `what` names the vector. */
export function assertFinite(values: Float32Array, what: string): void {
  for (let at = 0; at < values.length; at += 1) {
    if (Number.isFinite(values[at])) continue;
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${what} has ${values[at]} at position ${at}: all must be finite`,
    );
  }
}

/**
 * The vector as it is kept and compared: for cosine a copy of length 1, so that its distance is
 * that of `ip`; else itself. The zero vector stays zero, which puts it at cosine distance 1 from
 * everything.
 */
export function prepareVector(metric: Metric, vector: Float32Array): Float32Array {
  if (metric !== "cosine") return vector;
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0) return new Float32Array(vector.length);
  const scale = 1 / Math.sqrt(squares);
  return vector.map((value) => value * scale);
}

/** The function for prepared vectors of that metric. */
export function distanceFunction(metric: Metric): DistanceFunction {
  return metric === "l2" ? squaredDistance : innerProductDistance;
}

/**
 * Returns twice the largest rounding error of a distance that is computed in 32-bit floats, in any
 * order of the sums. Infinite for `ip`, where the error depends on the lengths of the vectors.
 */
export function roundingOf(metric: Metric, dimensions: number, distance: number): number {
  if (metric === "ip") return Number.POSITIVE_INFINITY;
  return dimensions * 2 ** -21 * Math.max(1, distance);
}

// Sums of four, in double precision: about four times faster than one sum, and always in the same
// order. Rounded to float32, because that is what the wire carries: order and ties must not depend
// on bits that are lost there.

function innerProductDistance(query: Float32Array, block: Float32Array, offset: number): number {
  const size = query.length;
  const whole = size - (size % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    a += query[at]! * block[offset + at]!;
    b += query[at + 1]! * block[offset + at + 1]!;
    c += query[at + 2]! * block[offset + at + 2]!;
    d += query[at + 3]! * block[offset + at + 3]!;
  }
  for (; at < size; at += 1) a += query[at]! * block[offset + at]!;
  return Math.fround(1 - (a + b + c + d));
}

function squaredDistance(query: Float32Array, block: Float32Array, offset: number): number {
  const size = query.length;
  const whole = size - (size % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    const p = query[at]! - block[offset + at]!;
    const q = query[at + 1]! - block[offset + at + 1]!;
    const r = query[at + 2]! - block[offset + at + 2]!;
    const s = query[at + 3]! - block[offset + at + 3]!;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; at < size; at += 1) {
    const p = query[at]! - block[offset + at]!;
    a += p * p;
  }
  return Math.fround(a + b + c + d);
}
