import type { Scalar } from "yaml";
import type { Path, Report, Span } from "./diagnostics.ts";
import { spanOf } from "./document.ts";
import { pairWithStock, readPlainAsStock, readTextAsStock } from "./stock-scalars.ts";
import { substitute, type VariableProblem, type VariableScope } from "./variables.ts";

/**
 * Numbers as in JSON. The text of a variable becomes such a number if the schema gives no type.
 * `007` and `1_000` stay text.
 */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Returns the number, or `undefined` if the text is not a number as in JSON. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

interface Reading {
  readonly text: string;
  /** Keys of mappings whose values have no type in the schema. */
  readonly openKeys: ReadonlySet<string>;
  readonly report: Report;
  readonly scope: VariableScope;
}

/** Returns the value of a scalar with its variables replaced. */
export function readScalar(reading: Reading, scalar: Scalar, path: Path): unknown {
  const { value } = scalar;
  if (typeof value === "string") return readText(reading, { scalar, value, path });
  if (isOption(path, reading.openKeys) && isPlain(scalar))
    return pairWithStock(value, readPlainAsStock(scalar.source ?? ""));
  if (value === null) return value;
  // Environment variables are text. `01`, `1e3` and `true` reach the process as written.
  const isPlainType = typeof value === "number" || typeof value === "boolean";
  if (isPlainType && !isEnvironment(path)) return value;
  // A `%YAML 1.1` line brings back dates and binary values. They stay text as well.
  return scalar.source ?? JSON.stringify(value);
}

interface TextScalar {
  readonly scalar: Scalar;
  readonly value: string;
  readonly path: Path;
}

function readText(reading: Reading, text: TextScalar): unknown {
  const substitution = substitute(text.value, reading.scope);
  for (const problem of substitution.problems) {
    const { severity, message, hint } = problem;
    const span = locateProblem(reading.text, text, problem);
    reading.report.add({ severity, code: "variable", span, path: text.path, message, hint });
  }
  if (!isUntyped(text.path, reading.openKeys)) return substitution.text;
  const isTypedByValue =
    substitution.changed && (text.scalar.type === "PLAIN" || substitution.hasJinaForm);
  const plain = isTypedByValue ? retype(substitution.text) : substitution.text;
  if (!isOption(text.path, reading.openKeys)) return plain;
  if (isTypedByValue) return pairWithStock(plain, readTextAsStock(substitution.text));
  return isPlain(text.scalar) ? pairWithStock(plain, readPlainAsStock(substitution.text)) : plain;
}

/** Returns whether a scalar has no quotes and no tag, so that its text decides its type. */
function isPlain({ type, tag }: Scalar): boolean {
  return type === "PLAIN" && tag === undefined;
}

/**
 * Returns the span of the reference if the file contains it literally, else of the whole scalar.
 */
function locateProblem(
  text: string,
  { scalar, value }: TextScalar,
  problem: VariableProblem,
): Span {
  const whole = spanOf(scalar);
  const reference = value.slice(problem.start, problem.end);
  // The text of a quoted scalar starts after its quote. Escaped and folded text shifts offsets, so
  // the reference is searched.
  const at = text.indexOf(reference, whole.start + problem.start);
  const found =
    at !== -1 && at + reference.length <= whole.end ? at : text.indexOf(reference, whole.start);
  return found === -1 || found + reference.length > whole.end
    ? whole
    : { start: found, end: found + reference.length };
}

/**
 * Without a type in the schema, an unquoted variable becomes a number or a boolean if its text
 * looks like one, as in Jina. So does a quoted `${{ ENV.X }}`; a quoted `${X}` stays text.
 */
function isUntyped(path: Path, openKeys: ReadonlySet<string>): boolean {
  const inline = path.indexOf("uses");
  return (
    path.some((key) => openKeys.has(String(key))) || (inline !== -1 && inline < path.length - 1)
  );
}

/** The sections of an inline executor that hold options. */
const INLINE_OPTIONS: ReadonlySet<string> = new Set(["with", "metas", "dynamic_batching"]);

/** Returns whether the path is an option of an executor. */
function isOption(path: Path, openKeys: ReadonlySet<string>): boolean {
  return path
    .slice(0, -1)
    .some(
      (key, index) =>
        openKeys.has(String(key)) ||
        (path[index - 1] === "uses" && INLINE_OPTIONS.has(String(key))),
    );
}

function retype(text: string): unknown {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  return parseNumber(text) ?? text;
}

function isEnvironment(path: Path): boolean {
  const at = path.indexOf("env");
  return at !== -1 && at === path.length - 2 && !path.includes("uses_with");
}
