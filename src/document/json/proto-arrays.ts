import { JflowError } from "../../util/errors.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import { checkArray, type NdArray } from "../values/nd-array.ts";
import { makeSparseVector, type SparseVector } from "../values/sparse-vector.ts";

/**
 * Reads an array as docarray v1 writes it with `to_json(protocol="protobuf")`: `{"dense":
 * {"buffer": "<base64>", "shape": [2], "dtype": "<f4"}}`. Returns undefined for any other value.
 * Throws `INVALID_ARGUMENT` if the parts do not match.
 */
export function denseFromProto(value: unknown, field: string): NdArray | undefined {
  const dense = isJsonObject(value) ? value["dense"] : undefined;
  return isJsonObject(dense) ? translate(field, () => readArray(dense)) : undefined;
}

/** Reads a sparse array of the same JSON, with one row. */
export function sparseFromProto(value: unknown, field: string): SparseVector | undefined {
  const sparse = isJsonObject(value) ? value["sparse"] : undefined;
  if (!isJsonObject(value) || !isJsonObject(sparse)) return undefined;
  const { indices, values } = sparse;
  if (!isJsonObject(indices) || !isJsonObject(values)) return undefined;
  return translate(field, () =>
    makeSparseVector({
      shape: sizesOf(sparse["shape"]),
      indices: readArray(indices),
      values: readArray(values),
      byDimension: value["clsName"] === "torch",
    }),
  );
}

function readArray({ buffer, shape, dtype }: JsonObject): NdArray {
  if (typeof buffer !== "string" || typeof dtype !== "string")
    throw new RangeError("an array needs a buffer and a dtype");
  const bytes = Uint8Array.from(Buffer.from(buffer, "base64"));
  return checkArray({ dtype, shape: sizesOf(shape), buffer: bytes });
}

function sizesOf(shape: unknown): readonly number[] {
  const sizes = Array.isArray(shape) ? shape.map(Number) : [];
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) return sizes;
  throw new RangeError("the shape of an array must be whole numbers");
}

function translate<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new JflowError("INVALID_ARGUMENT", `document field "${field}": ${error.message}`, {
      cause: error,
    });
  }
}
