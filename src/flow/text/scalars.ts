import type { Scalar } from "yaml";
import type { Path, Report, Span } from "./diagnostics.ts";
import { spanOf } from "./document.ts";
import { substitute } from "./variables.ts";
import type { VariableProblem, VariableScope } from "./variables.ts";

/** Numbers as JSON writes them: what a variable's text becomes where a place has no type of its own. `007` and `1_000` stay text. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** `text` as a number, if it is written like one. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** The value of a scalar with its variables replaced. */
export function readScalar(
  reading: { readonly text: string; readonly report: Report; readonly scope: VariableScope },
  scalar: Scalar,
  path: Path,
): unknown {
  const { value } = scalar;
  if (typeof value === "string") return readText(reading, scalar as Scalar<string>, path);
  // Environment variables are text: `01`, `1e3` and `true` reach the process as they are written.
  if (value !== null && isEnvironment(path)) return scalar.source ?? String(value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  // Types of YAML 1.1 that a `%YAML 1.1` line brings back (dates, binary): as they are written.
  return scalar.source ?? String(value);
}

function readText(
  reading: { readonly text: string; readonly report: Report; readonly scope: VariableScope },
  scalar: Scalar<string>,
  path: Path,
): unknown {
  const { text, changed, problems } = substitute(scalar.value, reading.scope);
  for (const problem of problems) {
    reading.report.add({
      severity: problem.severity,
      code: "variable",
      span: locateProblem(reading.text, scalar, problem),
      path,
      message: problem.message,
      hint: problem.hint,
    });
  }
  return changed && scalar.type === "PLAIN" && isUntyped(path) ? retype(text) : text;
}

/** The reference itself where it can be found in the file as it is, else the whole scalar. */
function locateProblem(text: string, scalar: Scalar<string>, problem: VariableProblem): Span {
  const whole = spanOf(scalar);
  const reference = scalar.value.slice(problem.start, problem.end);
  // A quoted scalar's text begins after its quote; where the file escapes or folds, offsets drift and the search finds the place.
  const at = text.indexOf(reference, whole.start + problem.start);
  const found = at !== -1 && at + reference.length <= whole.end ? at : text.indexOf(reference, whole.start);
  return found === -1 || found + reference.length > whole.end ? whole : { start: found, end: found + reference.length };
}

/** Within `uses_with` nothing says which type is due, so an unquoted variable becomes what its text looks like (Jina does the same). */
function isUntyped(path: Path): boolean {
  return path.includes("uses_with");
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
