import {
  FIXED32,
  ProtoReader,
  VARINT,
  concatBytes,
  viewOf,
} from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { JflowError } from "../../util/errors.ts";
import { MAX_FILLED_ZEROS } from "../../util/limits/documents.ts";

/** An n-dimensional array as numpy stores it: raw bytes in C order. */
export interface NdArray {
  /** numpy's `dtype.str`: `<f4`, `<f8`, `|u1`, `<i8`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly buffer: Uint8Array;
}

interface ElementType {
  readonly size: number;
  read(view: DataView, at: number, littleEndian: boolean): number;
}

const ELEMENTS: Readonly<Record<string, ElementType>> = {
  f2: { size: 2, read: (view, at, little) => halfToNumber(view.getUint16(at, little)) },
  f4: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  i1: { size: 1, read: (view, at) => view.getInt8(at) },
  i2: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  i4: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u1: { size: 1, read: (view, at) => view.getUint8(at) },
  u2: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  u4: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  u8: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  b1: { size: 1, read: (view, at) => view.getUint8(at) },
};

/**
 * Decodes a `DenseNdArrayProto`. The buffer is a copy. Throws `RangeError` if dtype, shape and
 * buffer do not match.
 */
export function readDenseArray(reader: ProtoReader): NdArray {
  let buffer: Uint8Array = new Uint8Array(0);
  const shape: number[] = [];
  let dtype = "";
  while (reader.next()) {
    if (reader.field === 1) buffer = copyOf(reader.slice());
    else if (reader.field === 2) readNumbers(reader, shape);
    else if (reader.field === 3) dtype = reader.string();
  }
  return checkArray({ dtype, shape, buffer });
}

/** Encodes a `DenseNdArrayProto`. */
export function encodeDenseArray(array: NdArray): Uint8Array {
  const dimensions = new ProtoWriter(16);
  for (const size of array.shape) dimensions.varint(size);
  return new ProtoWriter(array.buffer.length + 48)
    .bytes(1, array.buffer)
    .bytes(2, dimensions.finish())
    .string(3, array.dtype)
    .finish();
}

/** Appends the numbers of a repeated field, packed or not, to `into`. */
export function readNumbers(reader: ProtoReader, into: number[]): void {
  if (reader.wireType === VARINT) into.push(reader.uint());
  else if (reader.wireType === FIXED32) into.push(reader.float());
  else readPackedVarints(reader.slice(), into);
}

/**
 * Converts the elements of an array to 32-bit floats. Throws `RangeError` for a type that is not a
 * number type, and `INVALID_ARGUMENT` where all elements become 0 and one of them is not 0.
 */
export function toFloat32(array: NdArray): Float32Array {
  const count = array.buffer.length / elementOf(array.dtype).size;
  if (array.dtype === "<f4") return new Float32Array(copyOf(array.buffer).buffer, 0, count);
  const floats = convert(array, new Float32Array(count));
  if (floats.every((value) => value === 0)) assertZeros(array);
  return floats;
}

function assertZeros(array: NdArray): void {
  const numbers = toFloat64(array);
  const at = numbers.findIndex((value) => value !== 0);
  if (at < 0) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `the number at position ${at}, ${numbers[at]}, and all others are 0 as 32-bit floats: scale the vector`,
  );
}

/**
 * Converts the elements of an array to doubles. Throws `RangeError` for a type that is not a number
 * type.
 */
export function toFloat64(array: NdArray): Float64Array {
  return convert(array, new Float64Array(array.buffer.length / elementOf(array.dtype).size));
}

/** Returns an array that shares the memory of `values`. */
export function fromFloat32(
  values: Float32Array,
  shape: readonly number[] = [values.length],
): NdArray {
  return {
    dtype: "<f4",
    shape,
    buffer: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** Fills an absent buffer with zeros. Throws `RangeError` if the parts do not match. */
export function checkArray(array: NdArray): NdArray {
  const count = array.shape.reduce((product, size) => product * size, 1);
  const expected = count * elementOf(array.dtype).size;
  if (array.buffer.length === expected) return array;
  if (array.shape.length === 0)
    return { ...array, shape: [array.buffer.length / elementOf(array.dtype).size] };
  if (array.buffer.length > 0 || expected > MAX_FILLED_ZEROS) {
    throw new RangeError(
      `an array of shape [${array.shape.join(", ")}] and type ${array.dtype} needs ${expected} bytes, but the buffer has ${array.buffer.length}`,
    );
  }
  return { ...array, buffer: new Uint8Array(expected) };
}

function elementOf(dtype: string): ElementType {
  const element = Object.hasOwn(ELEMENTS, dtype.slice(1)) ? ELEMENTS[dtype.slice(1)] : undefined;
  if (!element) throw new RangeError(`"${dtype}" is not a number type of numpy`);
  return element;
}

function convert<T extends Float32Array | Float64Array>(array: NdArray, into: T): T {
  const element = elementOf(array.dtype);
  const littleEndian = !array.dtype.startsWith(">");
  const view = viewOf(array.buffer);
  for (let i = 0; i < into.length; i += 1)
    into[i] = element.read(view, i * element.size, littleEndian);
  return into;
}

/** Decodes an IEEE 754 binary16 number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function readPackedVarints(bytes: Uint8Array, into: number[]): void {
  // A packed list holds numbers without tags. With a tag in front, each one is a message that
  // `ProtoReader` reads.
  const tag = Uint8Array.of(1 << 3);
  let start = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i]! > 127) continue;
    const reader = new ProtoReader(concatBytes([tag, bytes.subarray(start, i + 1)]));
    reader.next();
    into.push(reader.uint());
    start = i + 1;
  }
  if (start !== bytes.length) throw new RangeError("a packed number is truncated");
}

/** Copies the bytes; `slice` of a Node `Buffer` returns a view. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
