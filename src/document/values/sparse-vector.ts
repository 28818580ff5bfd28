import type { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import {
  encodeDenseArray,
  fromFloat32,
  readDenseArray,
  readNumbers,
  toFloat32,
  toFloat64,
  type NdArray,
} from "./nd-array.ts";

/**
 * A vector whose components are mostly zero. `indices` are unique and in ascending order;
 * `values[i]` is the component at `indices[i]`.
 */
export interface SparseVector {
  readonly dimensions: number;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

const EMPTY: NdArray = { dtype: "<f4", shape: [0], buffer: new Uint8Array(0) };

/**
 * Decodes a `SparseNdArrayProto` of one row. Its indices are coordinates for all scipy formats
 * (csr, csc, bsr, coo): one pair per value, or one list per dimension (`byDimension`, torch).
 * Values with the same index are summed, as scipy does. Throws `RangeError` for a matrix of several
 * rows.
 */
export function readSparseVector(reader: ProtoReader, byDimension: boolean): SparseVector {
  let indices = EMPTY;
  let values = EMPTY;
  const shape: number[] = [];
  while (reader.next()) {
    if (reader.field === 1) indices = readDenseArray(reader.message());
    else if (reader.field === 2) values = readDenseArray(reader.message());
    else if (reader.field === 3) readNumbers(reader, shape);
  }
  return makeSparseVector({ shape, indices, values, byDimension });
}

interface SparseParts {
  readonly shape: readonly number[];
  readonly indices: NdArray;
  readonly values: NdArray;
  /** Whether `indices` holds one list per dimension (torch), instead of one pair per value. */
  readonly byDimension: boolean;
}

/** Returns the vector of a sparse array of one row. Throws `RangeError` for any other array. */
export function makeSparseVector(parts: SparseParts): SparseVector {
  const { shape, indices, values, byDimension } = parts;
  const axis = vectorAxis(shape);
  const coordinates = toFloat64(indices);
  const numbers = toFloat32(values);
  if (coordinates.length !== numbers.length * shape.length) {
    throw new RangeError(
      `a sparse array has ${coordinates.length} coordinates for ${numbers.length} values`,
    );
  }
  const positions = Array.from(numbers, (_, i) =>
    byDimension ? coordinates[axis * numbers.length + i]! : coordinates[i * shape.length + axis]!,
  );
  return collect(shape[axis]!, positions, numbers);
}

/** Encodes a `SparseNdArrayProto` of one row, with scipy's coordinates. */
export function encodeSparseVector(vector: SparseVector): Uint8Array {
  const pairs = new BigInt64Array(vector.indices.length * 2);
  vector.indices.forEach((index, i) => {
    pairs[i * 2 + 1] = BigInt(index);
  });
  const indices: NdArray = {
    dtype: "<i8",
    shape: [vector.indices.length, 2],
    buffer: new Uint8Array(pairs.buffer),
  };
  const shape = new ProtoWriter(16).varint(1).varint(vector.dimensions);
  return new ProtoWriter(pairs.byteLength * 2 + 64)
    .putBytes(1, encodeDenseArray(indices))
    .putBytes(2, encodeDenseArray(fromFloat32(vector.values)))
    .putBytes(3, shape.finish())
    .finish();
}

/** Returns the one axis that may be longer than 1. */
function vectorAxis(shape: readonly number[]): number {
  const long = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  if (shape.length === 0 || long.length > 1) {
    throw new RangeError(`a sparse embedding of shape [${shape.join(", ")}] is not a vector`);
  }
  return long[0] ?? shape.length - 1;
}

function collect(
  dimensions: number,
  positions: readonly number[],
  numbers: Float32Array,
): SparseVector {
  const sums = new Map<number, number>();
  positions.forEach((position, i) => {
    if (!(position >= 0 && position < dimensions))
      throw new RangeError(
        `index ${position} is outside of a sparse vector of ${dimensions} dimensions`,
      );
    sums.set(position, (sums.get(position) ?? 0) + numbers[i]!);
  });
  const indices = Uint32Array.from(sums.keys()).toSorted();
  return { dimensions, indices, values: Float32Array.from(indices, (index) => sums.get(index)!) };
}
