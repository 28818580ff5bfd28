import { JflowError } from "../../util/errors.ts";
import { toFloat64, type NdArray } from "../values/nd-array.ts";
import { unmark } from "./parse-documents.ts";

/**
 * The numbers that JSON cannot hold. They are written as text and read back from it, as in
 * protobuf's JSON (https://protobuf.dev/programming-guides/json/).
 */
const WORDS: ReadonlyMap<string, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** Returns a number, or the text of a number that JSON cannot hold. */
export function numberToJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Reads what `numberToJson` returns; undefined for any other value. */
export function numberFromJson(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? WORDS.get(unmark(value)) : undefined;
}

export function numbersToJson(values: Iterable<number>): (number | string)[] {
  return Array.from(values, numberToJson);
}

/** Converts every number in a value with `numberToJson`: tags may hold NaN. */
export function valueToJson(value: unknown): unknown {
  if (typeof value === "number") return numberToJson(value);
  if (Array.isArray(value)) return value.map(valueToJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueToJson(item)]));
}

/** Returns an array as nested lists, one level per dimension. */
export function arrayToJson(array: NdArray): unknown {
  return nestNumbers(numbersToJson(toFloat64(array)), array.shape);
}

/** Returns numbers in C order as nested lists, one level per dimension. */
export function nestNumbers(
  numbers: readonly (number | string)[],
  shape: readonly number[],
): unknown {
  let level: readonly unknown[] = numbers;
  for (const size of shape.slice(1).toReversed()) level = chunk(level, size);
  return shape.length === 0 ? level[0] : level;
}

/**
 * Converts nested lists of numbers to an array: of 64-bit integers if all numbers are whole, else
 * of doubles, as numpy does. Throws `INVALID_ARGUMENT` that names `field`.
 */
export function arrayFromJson(value: unknown, field: string): NdArray {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const numbers: number[] = [];
  flatten(value, shape, { field, into: numbers });
  const whole = numbers.every((number) => Number.isSafeInteger(number) && !Object.is(number, -0));
  const elements = whole ? BigInt64Array.from(numbers, BigInt) : Float64Array.from(numbers);
  return { dtype: whole ? "<i8" : "<f8", shape, buffer: new Uint8Array(elements.buffer) };
}

function flatten(
  value: unknown,
  shape: readonly number[],
  out: { readonly field: string; readonly into: number[] },
): void {
  const [size, ...rest] = shape;
  if (size !== undefined) {
    if (!Array.isArray(value) || value.length !== size) throw notAnArray(out.field);
    for (const item of value) flatten(item, rest, out);
    return;
  }
  const number = numberFromJson(value);
  if (number === undefined) throw notAnArray(out.field);
  out.into.push(number);
}

function notAnArray(field: string): JflowError {
  return new JflowError(
    "INVALID_ARGUMENT",
    `document field "${field}" must be a list of numbers, or nested lists of equal length`,
  );
}

function chunk(items: readonly unknown[], size: number): unknown[] {
  const count = size === 0 ? 0 : items.length / size;
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
