import { writtenNumber } from "../values/json-floats.ts";
import { JflowError } from "../../util/errors.ts";
import { toFloat64, type NdArray } from "../values/nd-array.ts";

/** Numpy's limit. */
const MAX_DIMENSIONS = 64;
/**
 * Lists that are written for one array at most: its shape may be long where its buffer is empty.
 */
const MAX_LISTS = 2 ** 20;
/**
 * Between these a float is shortened by multiplying, which is exact enough for nine digits, and
 * many times as fast as by its text.
 */
const LEAST_SCALED = 1e-9;
const MOST_SCALED = 1e6;

/**
 * Numbers of an array, and whether all are truth values, or one is a float: that decides what the
 * array is of.
 */
interface Numbers {
  readonly values: number[];
  isTruth: boolean;
  isFloat: boolean;
}

/**
 * Nested lists of `parseJsonWithFloats` as an array, as numpy takes them: truth values where there
 * is nothing else, 64-bit integers where every number is written as one, else, and where `isFloat`,
 * doubles; null is NaN, which JSON has no other form for. Throws `INVALID_ARGUMENT` naming `path`
 * for anything else, lists of unequal length among it.
 */
export function arrayFromLists(lists: unknown, path: string, isFloat: boolean = false): NdArray {
  const shape: number[] = [];
  for (let level = lists; Array.isArray(level) && shape.length <= MAX_DIMENSIONS; level = level[0])
    shape.push(level.length);
  const numbers: Numbers = { values: [], isTruth: true, isFloat };
  if (shape.length === 0 || shape.length > MAX_DIMENSIONS || !flatten(lists, 0, shape, numbers)) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${path}: a list of numbers is expected, or lists of equal length of them, in at most ${MAX_DIMENSIONS} dimensions`,
    );
  }
  return { shape, ...packNumbers(numbers) };
}

function packNumbers({ values, isTruth, isFloat }: Numbers): Pick<NdArray, "dtype" | "buffer"> {
  if (values.length > 0 && isTruth) return { dtype: "|b1", buffer: Uint8Array.from(values) };
  const isWhole = !isFloat && values.length > 0 && values.every(Number.isSafeInteger);
  const elements = isWhole ? BigInt64Array.from(values, BigInt) : Float64Array.from(values);
  return { dtype: isWhole ? "<i8" : "<f8", buffer: new Uint8Array(elements.buffer) };
}

/** False where `value` is no list of the shape from `depth` on. */
function flatten(value: unknown, depth: number, shape: readonly number[], into: Numbers): boolean {
  if (!Array.isArray(value) || value.length !== shape[depth]) return false;
  if (depth === shape.length - 1) return value.every((item) => take(item, into));
  return value.every((item) => flatten(item, depth + 1, shape, into));
}

/** Of a million of them: a number is looked at no longer than it must be. */
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
  into.isTruth = false;
  into.isFloat ||= isFloat;
  return true;
}

/**
 * An array as JSON text of nested lists: floats with a point, whole numbers without, what JSON has
 * no form for as null. Throws `RangeError` for a type that is no number.
 */
export function writeArray(array: NdArray): string {
  const values = toFloat64(array);
  const write = elementWriter(array.dtype);
  const lists = array.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (lists > MAX_LISTS && lists > values.length)
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

/** A float as JSON text that no reader takes for a whole number. */
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
 * The double with the fewest digits that is the same 32-bit float: what numpy and orjson print.
 * Nine digits always do.
 */
function shortenFloat32(value: number): number {
  const size = Math.abs(value);
  if (!(size >= LEAST_SCALED && size < MOST_SCALED)) return shortenSlowly(value);
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
