import type { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { FIELD, sameBytes, type FieldCodec } from "./field-codecs.ts";
import {
  encodeDenseArray,
  fromFloat32,
  readDenseArray,
  toFloat32,
  type NdArray,
} from "../values/nd-array.ts";
import {
  encodeSparseVector,
  readSparseVector,
  type SparseVector,
} from "../values/sparse-vector.ts";
import { encodeStruct } from "../values/struct.ts";

/** Reads dense tensors. A sparse tensor reads as undefined and is written back unchanged. */
export const tensorField: FieldCodec<NdArray | undefined> = {
  field: FIELD.tensor,
  mutable: true,
  empty: () => undefined,
  fold: (_, reader) => readNdArray(reader.message(), readDenseArray, () => undefined),
  write: (writer, value) => {
    if (value) writer.putBytes(FIELD.tensor, encodeNdArray(encodeDenseArray(value), "numpy"));
  },
  same: (left, right) =>
    left === right ||
    (left !== undefined &&
      right !== undefined &&
      left.dtype === right.dtype &&
      sameBytes(left.buffer, right.buffer)),
};

/** A dense embedding: 32-bit floats in C order, of any shape. */
export interface DenseEmbedding {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

export function toDense(value: Float32Array | readonly number[] | NdArray): DenseEmbedding {
  if ("dtype" in value) return { values: toFloat32(value), shape: value.shape };
  const values = value instanceof Float32Array ? value : Float32Array.from(value);
  return { values, shape: [values.length] };
}

export type Embedding = DenseEmbedding | SparseVector | undefined;

function isDense(embedding: DenseEmbedding | SparseVector): embedding is DenseEmbedding {
  return "shape" in embedding;
}

export function denseOf(embedding: Embedding): DenseEmbedding | undefined {
  return embedding !== undefined && isDense(embedding) ? embedding : undefined;
}

export function sparseOf(embedding: Embedding): SparseVector | undefined {
  return embedding === undefined || isDense(embedding) ? undefined : embedding;
}

export const embeddingField: FieldCodec<Embedding> = {
  field: FIELD.embedding,
  mutable: true,
  empty: () => undefined,
  fold: (_, reader) =>
    readNdArray<Embedding>(
      reader.message(),
      (dense) => {
        const array = readDenseArray(dense);
        return { values: toFloat32(array), shape: array.shape };
      },
      readSparseVector,
    ),
  write: (writer, value) => {
    if (value === undefined) return;
    const encoded = isDense(value)
      ? encodeNdArray(encodeDenseArray(fromFloat32(value.values, value.shape)), "numpy")
      : encodeSparseNdArray(value);
    writer.putBytes(FIELD.embedding, encoded);
  },
  same: sameEmbedding,
};

function readNdArray<T>(
  reader: ProtoReader,
  dense: (reader: ProtoReader) => T,
  sparse: (reader: ProtoReader, byDimension: boolean) => T,
): T | undefined {
  let read: ((className: string) => T) | undefined;
  let className = "";
  while (reader.next()) {
    if (reader.field === 3) className = reader.string();
    else if (reader.field === 1)
      read = (
        (message) => () =>
          dense(message)
      )(reader.message());
    else if (reader.field === 2)
      read = (
        (message) => (name: string) =>
          sparse(message, name === "torch")
      )(reader.message());
  }
  return read?.(className);
}

function encodeNdArray(dense: Uint8Array, className: string): Uint8Array {
  return new ProtoWriter(dense.length + 32).putBytes(1, dense).string(3, className).finish();
}

function encodeSparseNdArray(vector: SparseVector): Uint8Array {
  return new ProtoWriter(vector.indices.length * 20 + 128)
    .putBytes(2, encodeSparseVector(vector))
    .string(3, "scipy")
    .putBytes(4, encodeStruct({ sparse_format: "csr" }))
    .finish();
}

function sameEmbedding(left: Embedding, right: Embedding): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (isDense(left))
    return (
      isDense(right) &&
      sameNumbers(left.values, right.values) &&
      left.shape.length === right.shape.length &&
      left.shape.every((size, i) => size === right.shape[i])
    );
  if (isDense(right) || left.dimensions !== right.dimensions) return false;
  return sameNumbers(left.indices, right.indices) && sameNumbers(left.values, right.values);
}

/** Compares with `Object.is`: 0 and -0 differ, all NaNs are equal. */
function sameNumbers(left: Float32Array | Uint32Array, right: Float32Array | Uint32Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i += 1) {
    if (!Object.is(left[i], right[i])) return false;
  }
  return true;
}
