import { isJsonObject } from "../../util/json-object.ts";
import type { Dialect } from "./dialect.ts";
import { compileRegex } from "./regular-expression.ts";
import { areEqual, compareValues, holdsOperator, isEmptyValue, show } from "./values.ts";

/** Returns whether the values of a field meet an operator. */
export type ValuesTest = (values: readonly unknown[]) => boolean;

interface OperatorContext {
  readonly dialect: Dialect;
  /** The name is a field of docarray v1, which has a value when it is not set. */
  readonly hasDefault: boolean;
  /** The flags of `$options`. */
  readonly flags: string;
}

/** Compiles an operator. Throws `RangeError` with the reason for a wrong operand. */
type Operator = (operand: unknown, context: OperatorContext) => ValuesTest;

const OPERATORS_BY_NAME: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["$eq", compileEquals],
  ["$ne", (operand, context) => not(compileEquals(operand, context))],
  ["$neq", (operand, context) => not(compileEquals(operand, context))],
  ["$gt", compileOrder((order) => order > 0)],
  ["$gte", compileOrder((order) => order >= 0)],
  ["$lt", compileOrder((order) => order < 0)],
  ["$lte", compileOrder((order) => order <= 0)],
  ["$in", compileIn],
  ["$nin", (operand, context) => not(compileIn(operand, context))],
  ["$all", compileAll],
  ["$regex", compileRegexOperator],
  ["$size", compileSize],
  ["$exists", compileExists],
  ["$mod", compileModulo],
  ["$type", compileType],
]);

/** The operators that stand under a name, next to `$not`. */
export const FIELD_OPERATORS: readonly string[] = [
  ...OPERATORS_BY_NAME.keys(),
  "$options",
  "$elemMatch",
];

/**
 * Compiles an operator other than `$options` and `$elemMatch`. Throws `RangeError` with the reason
 * for a wrong operand.
 */
export function compileOperator(
  name: string,
  operand: unknown,
  context: OperatorContext,
): ValuesTest {
  const test = OPERATORS_BY_NAME.get(name)!(operand, context);
  if (context.dialect.missing !== "fails" || name === "$exists") return test;
  return (values) => values.length > 0 && test(values);
}

function not(test: ValuesTest): ValuesTest {
  return (values) => !test(values);
}

/** Returns whether a value passes. In MongoDB's language, an item of a list is enough. */
function anyValue(
  values: readonly unknown[],
  { language }: Dialect,
  test: (value: unknown) => boolean,
): boolean {
  return values.some(
    (value) => test(value) || (language === "MongoDB" && Array.isArray(value) && value.some(test)),
  );
}

function compileEquals(operand: unknown, { dialect, hasDefault }: OperatorContext): ValuesTest {
  if (holdsOperator(operand)) throw new RangeError("it expects a value without operators");
  const isPython = dialect.language === "docarray";
  const test: ValuesTest = (values) =>
    anyValue(withMissing(values, dialect), dialect, (value) => areEqual(value, operand, isPython));
  if (isPython || operand !== null) return test;
  return (values) => test(values) || (hasDefault ? values.every(isEmptyValue) : !values.length);
}

function withMissing(values: readonly unknown[], { missing }: Dialect): readonly unknown[] {
  return values.length === 0 && missing === "null" ? [null] : values;
}

function compileOrder(accepts: (order: number) => boolean): Operator {
  return (operand, { dialect }) => {
    if (!["number", "string", "boolean"].includes(typeof operand))
      throw new RangeError("it expects a number, a text or a truth value");
    return (values) =>
      anyValue(values, dialect, (value) => {
        const order = compareValues(value, operand, dialect.language === "docarray");
        return order !== undefined && accepts(order);
      });
  };
}

function compileIn(operand: unknown, context: OperatorContext): ValuesTest {
  // Python's `in` finds a part of a text.
  if (context.dialect.language === "docarray" && typeof operand === "string")
    return (values) => values.some((value) => typeof value === "string" && operand.includes(value));
  const tests = readList(operand).map((item) => compileEquals(item, context));
  return (values) => tests.some((test) => test(values));
}

function compileAll(operand: unknown, context: OperatorContext): ValuesTest {
  const tests = readList(operand).map((item) => compileEquals(item, context));
  return (values) => tests.length > 0 && tests.every((test) => test(values));
}

function readList(operand: unknown): readonly unknown[] {
  if (!Array.isArray(operand)) throw new RangeError("it expects a list of values");
  return operand;
}

function compileRegexOperator(operand: unknown, { dialect, flags }: OperatorContext): ValuesTest {
  if (typeof operand !== "string") throw new RangeError("it expects a text");
  const matches = compileRegex(operand, flags);
  return (values) =>
    anyValue(values, dialect, (value) => typeof value === "string" && matches(value));
}

function compileSize(operand: unknown, { dialect: { language } }: OperatorContext): ValuesTest {
  if (typeof operand !== "number" || !Number.isInteger(operand) || operand < 0)
    throw new RangeError("it expects a whole number from 0");
  return (values) =>
    values.some((value) => {
      if (Array.isArray(value)) return value.length === operand;
      if (language === "MongoDB") return false;
      if (typeof value === "string") return Array.from(value).length === operand;
      return isJsonObject(value) && Object.keys(value).length === operand;
    });
}

function compileExists(operand: unknown, { dialect, hasDefault }: OperatorContext): ValuesTest {
  if (typeof operand !== "boolean" && operand !== 0 && operand !== 1)
    throw new RangeError("it expects true or false");
  const isMissing: ValuesTest = (values) => {
    if (hasDefault) return values.every(isEmptyValue);
    return dialect.missing === "null"
      ? values.every((value) => value === null)
      : values.length === 0;
  };
  return operand ? not(isMissing) : isMissing;
}

function compileModulo(operand: unknown, { dialect }: OperatorContext): ValuesTest {
  const [divisor, remainder, ...others] = Array.isArray(operand) ? (operand as unknown[]) : [];
  if (typeof divisor !== "number" || typeof remainder !== "number" || others.length > 0)
    throw new RangeError("it expects a divisor and a remainder, such as [4, 0]");
  if (Math.trunc(divisor) === 0) throw new RangeError("the divisor must not be 0");
  return (values) =>
    anyValue(
      values,
      dialect,
      (value) =>
        typeof value === "number" &&
        Math.trunc(value) % Math.trunc(divisor) === Math.trunc(remainder),
    );
}

const TYPES: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map<
  unknown,
  (value: unknown) => boolean
>([
  ["string", (value) => typeof value === "string"],
  ["number", (value) => typeof value === "number"],
  ["bool", (value) => typeof value === "boolean"],
  ["object", isJsonObject],
  ["array", Array.isArray],
  ["null", (value) => value === null],
]);

function compileType(operand: unknown, { dialect }: OperatorContext): ValuesTest {
  const tests = (Array.isArray(operand) ? operand : [operand]).map((name: unknown) => {
    const test = TYPES.get(name);
    if (!test) throw new RangeError(`${show(name)} is not one of ${[...TYPES.keys()].join(", ")}`);
    return test;
  });
  return (values) => anyValue(values, dialect, (value) => tests.some((test) => test(value)));
}
