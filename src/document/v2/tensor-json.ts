import { writtenNumber } from "../values/json-floats.ts";
import { JflowError } from "../../util/errors.ts";
import { toFloat64, type NdArray } from "../values/nd-array.ts";
import { MAX_TENSOR_DIMENSIONS, MAX_TENSOR_LISTS } from "../../util/limits/documents.ts";

/**
 * The range in which a float is shortened by multiplication. That is exact for nine digits and much
 * faster than formatting the number.
 */
const MIN_SCALED = 1e-9;
const MAX_SCALED = 1e6;

/** The numbers of an array, and what decides its element type. */
interface Numbers {
  readonly values: number[];
  /** All values are booleans. */
  isBoolean: boolean;
  /** At least one value is a float. */
  isFloat: boolean;
}

/**
 * Converts nested lists of `parseJsonWithFloats` to an array, as numpy does. An array of booleans
 * stays boolean. An array of integers has 64-bit integers, unless `isFloat` is set. Any other array
 * has doubles. Null becomes NaN, which JSON cannot express. Throws `INVALID_ARGUMENT` that names
 * `path` for any other value and for lists of unequal length.
 */
export function arrayFromLists(lists: unknown, path: string, isFloat: boolean = false): NdArray {
  const shape: number[] = [];
  for (
    let level = lists;
    Array.isArray(level) && shape.length <= MAX_TENSOR_DIMENSIONS;
    level = level[0]
  )
    shape.push(level.length);
  const numbers: Numbers = { values: [], isBoolean: true, isFloat };
  if (
    shape.length === 0 ||
    shape.length > MAX_TENSOR_DIMENSIONS ||
    !flatten(lists, 0, shape, numbers)
  ) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${path}: a list of numbers is expected, or nested lists of equal length with at most ${MAX_TENSOR_DIMENSIONS} dimensions`,
    );
  }
  return { shape, ...packNumbers(numbers) };
}

function packNumbers({ values, isBoolean, isFloat }: Numbers): Pick<NdArray, "dtype" | "buffer"> {
  if (values.length > 0 && isBoolean) return { dtype: "|b1", buffer: Uint8Array.from(values) };
  const isWhole = !isFloat && values.length > 0 && values.every(Number.isSafeInteger);
  const elements = isWhole ? BigInt64Array.from(values, BigInt) : Float64Array.from(values);
  return { dtype: isWhole ? "<i8" : "<f8", buffer: new Uint8Array(elements.buffer) };
}

/** Returns false if `value` does not have the rest of the shape, from `depth` on. */
function flatten(value: unknown, depth: number, shape: readonly number[], into: Numbers): boolean {
  if (!Array.isArray(value) || value.length !== shape[depth]) return false;
  if (depth === shape.length - 1) return value.every((item) => take(item, into));
  return value.every((item) => flatten(item, depth + 1, shape, into));
}

/** Checks plain numbers first: an array may hold a million of them. */
function take(value: unknown, into: Numbers): boolean {
  if (typeof value === "number") return put(value, !Number.isInteger(value), into);
  if (value === null) return put(NaN, true, into);
  if (typeof value === "boolean") {
    into.values.push(value ? 1 : 0);
    return true;
  }
  const number = writtenNumber(value);
  return number !== undefined && put(number.value, number.isFloat, into);
}

function put(value: number, isFloat: boolean, into: Numbers): true {
  into.values.push(value);
  into.isBoolean = false;
  into.isFloat ||= isFloat;
  return true;
}

/**
 * Writes an array as JSON text of nested lists: floats with a point, whole numbers without, and NaN
 * and infinities as null. Throws `RangeError` for a type that is not a number type.
 */
export function writeArray(array: NdArray): string {
  const values = toFloat64(array);
  const write = elementWriter(array.dtype);
  const lists = array.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (lists > MAX_TENSOR_LISTS && lists > values.length)
    throw new RangeError(`an array of shape [${array.shape.join(", ")}] is too long to write`);
  let at = 0;
  const writeLevel = (depth: number): string => {
    if (depth === array.shape.length) return write(values[at++]!);
    const items: string[] = [];
    for (let i = 0; i < array.shape[depth]!; i += 1) items.push(writeLevel(depth + 1));
    return `[${items.join(",")}]`;
  };
  return writeLevel(0);
}

/** Writes a float as JSON text with a point or an exponent, so that Python reads a float. */
export function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (!Number.isInteger(value)) return String(value);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes("e") ? text : `${text}.0`;
}

function elementWriter(dtype: string): (value: number) => string {
  const type = dtype.slice(1);
  if (type === "b1") return (value) => (value === 0 ? "false" : "true");
  if (type === "f4" || type === "f2") return (value) => writeFloat(shortenFloat32(value));
  return type.startsWith("f") ? writeFloat : String;
}

/**
 * Returns the double with the fewest digits that rounds to the same 32-bit float, as numpy and
 * orjson print it. Nine digits are always enough.
 */
function shortenFloat32(value: number): number {
  const size = Math.abs(value);
  if (!(size >= MIN_SCALED && size < MAX_SCALED)) return shortenSlowly(value);
  const places = Math.floor(Math.log10(size)) + 1;
  for (let digits = 6; digits < 9; digits += 1) {
    const scale = 10 ** (digits - places);
    const short = Math.round(size * scale) / scale;
    if (Math.fround(short) === size) return value < 0 ? -short : short;
  }
  return shortenSlowly(value);
}

function shortenSlowly(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
