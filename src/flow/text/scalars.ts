import type { Scalar } from "yaml";
import type { Path, Report, Span } from "./diagnostics.ts";
import { spanOf } from "./document.ts";
import { substitute, type VariableProblem, type VariableScope } from "./variables.ts";

/**
 * Numbers as JSON writes them: what a variable's text becomes where a place has no type of its own.
 * `007` and `1_000` stay text.
 */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** `text` as a number, if it is written like one. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

interface Reading {
  readonly text: string;
  /** Keys of mappings that hold values without a type of their own: they are the executor's. */
  readonly openKeys: ReadonlySet<string>;
  readonly report: Report;
  readonly scope: VariableScope;
}

/** The value of a scalar with its variables replaced. */
export function readScalar(reading: Reading, scalar: Scalar, path: Path): unknown {
  const { value } = scalar;
  if (typeof value === "string") return readText(reading, { scalar, value, path });
  // Environment variables are text: `01`, `1e3` and `true` reach the process as they are written.
  const isPlainType = value === null || typeof value === "number" || typeof value === "boolean";
  if (value === null || (isPlainType && !isEnvironment(path))) return value;
  // Types of YAML 1.1 that a `%YAML 1.1` line brings back (dates, binary) as they are written, too.
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
  const isRetyped =
    substitution.changed && text.scalar.type === "PLAIN" && isUntyped(text.path, reading.openKeys);
  return isRetyped ? retype(substitution.text) : substitution.text;
}

/** The reference itself where it can be found in the file as it is, else the whole scalar. */
function locateProblem(
  text: string,
  { scalar, value }: TextScalar,
  problem: VariableProblem,
): Span {
  const integer = spanOf(scalar);
  const reference = value.slice(problem.start, problem.end);
  // A quoted scalar's text begins after its quote; where the file escapes or folds, offsets drift
  // and the search finds the place.
  const at = text.indexOf(reference, integer.start + problem.start);
  const found =
    at !== -1 && at + reference.length <= integer.end ? at : text.indexOf(reference, integer.start);
  return found === -1 || found + reference.length > integer.end
    ? integer
    : { start: found, end: found + reference.length };
}

/**
 * Where nothing says which type is due, an unquoted variable becomes what its text looks like (Jina
 * does the same).
 */
function isUntyped(path: Path, openKeys: ReadonlySet<string>): boolean {
  const inline = path.indexOf("uses");
  return (
    path.some((key) => openKeys.has(String(key))) || (inline !== -1 && inline < path.length - 1)
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
