import { isJsonObject } from "../../util/json-object.ts";

/**
 * Returns whether two values are equal: lists item by item, objects key by key in any order. With
 * `numericBooleans`, true is 1 and false is 0, as in Python.
 */
export function areEqual(left: unknown, right: unknown, numericBooleans: boolean): boolean {
  if (Array.isArray(left))
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => areEqual(item, right[index], numericBooleans))
    );
  if (isJsonObject(left)) {
    const keys = Object.keys(left);
    return (
      isJsonObject(right) &&
      keys.length === Object.keys(right).length &&
      keys.every(
        (key) => Object.hasOwn(right, key) && areEqual(left[key], right[key], numericBooleans),
      )
    );
  }
  return numericBooleans ? toNumber(left) === toNumber(right) : left === right;
}

/** Compares two values of one kind. Returns undefined if the kinds differ or have no order. */
export function compareValues(
  left: unknown,
  right: unknown,
  numericBooleans: boolean,
): number | undefined {
  const [a, b] = numericBooleans ? [toNumber(left), toNumber(right)] : [left, right];
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  // UTF-8 has the order of code points, as in Python and MongoDB. UTF-16 does not.
  if (typeof a === "string" && typeof b === "string")
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return undefined;
}

/** Returns whether a value is null, or equal to the value of a document field that is not set. */
export function isEmptyValue(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Returns whether a value contains a key that starts with `$`. */
export function holdsOperator(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsOperator);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, item]) => key.startsWith("$") || holdsOperator(item));
}

/** Returns the JSON of a value, cut to 60 characters. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function toNumber(value: unknown): unknown {
  return typeof value === "boolean" ? Number(value) : value;
}
