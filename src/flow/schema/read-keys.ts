import { formatPath } from "../text/diagnostics.ts";
import type { Path, Report } from "../text/diagnostics.ts";
import type { Places } from "../text/places.ts";
import { suggestHint } from "../text/suggest.ts";
import { describeIssues, describeUnknownKey, show } from "./issues.ts";
import { isFreeKey } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** What every reader and check needs: where values stand, and whom to tell. */
export interface Checking {
  readonly report: Report;
  readonly places: Places;
  /** The line of a value, from 1: for messages that point at a second place. */
  lineOf(path: Path): number;
}

/** Which keys a mapping may have beside those of its shape. */
export interface KeyRules {
  readonly ignored: readonly string[];
  readonly notYet: readonly string[];
  readonly renamed: Readonly<Record<string, string>>;
  /** Keys that somebody else reads. */
  readonly elsewhere: readonly string[];
}

/** A mapping that was read: every key has a value, the default where the file's is wrong or missing. */
export interface KeysRead<Values extends object> {
  readonly path: Path;
  readonly values: Values;
  /** Keys that the file gives, with values that are right. */
  readonly given: ReadonlySet<string>;
  /** Keys whose values are wrong, and were reported. */
  readonly wrong: ReadonlySet<string>;
  /** Keys that were taken and mean nothing here. */
  readonly ignored: readonly string[];
}

/** Reads a mapping by its shape. Reports wrong values, unknown keys and what is not built; a key without a value is as good as absent. */
export function readKeys<Values extends object>(
  shape: Shape<Values>,
  mapping: unknown,
  at: { path: Path; rules: KeyRules; checking: Checking },
): KeysRead<Values> {
  const given = new Set<string>();
  const wrong = new Set<string>();
  const ignored: string[] = [];
  const values: Record<string, unknown> = {};
  const entries = asMapping(mapping, at);
  for (const key of Object.keys(shape) as (keyof Values & string)[]) values[key] = shape[key].parse(undefined);
  for (const [key, value] of Object.entries(entries)) {
    if (isFreeKey(key) || at.rules.elsewhere.includes(key)) continue;
    if (!Object.hasOwn(shape, key)) {
      if (at.rules.ignored.includes(key)) ignored.push(key);
      else reportUnknownKey(key, Object.keys(shape), at);
    } else if (value !== null && value !== undefined) {
      const result = readValue(shape, key as keyof Values & string, { ...at, value });
      if (result.right) values[key] = result.value;
      (result.right ? given : wrong).add(key);
    }
  }
  return { path: at.path, values: values as Values, given, wrong, ignored };
}

function asMapping(value: unknown, at: { path: Path; checking: Checking }): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  const { report, places } = at.checking;
  report.add({
    code: "invalid-value",
    span: places.valueAt(at.path),
    path: at.path,
    message: `${formatPath(at.path)}: expected a mapping, got ${show(value)}`,
  });
  return {};
}

function readValue<Values extends object>(
  shape: Shape<Values>,
  key: keyof Values & string,
  at: { path: Path; rules: KeyRules; checking: Checking; value: unknown },
): { right: boolean; value?: unknown } {
  const path = [...at.path, key];
  const { report, places } = at.checking;
  const result = shape[key].safeParse(at.value);
  if (!result.success) {
    for (const fault of describeIssues(result.error.issues, at.value, path)) {
      const span = fault.atKey ? places.keyAt(fault.path) : places.valueAt(fault.path);
      report.add({
        code: fault.atKey ? "unknown-key" : "invalid-value",
        span,
        path: fault.path,
        message: fault.message,
        hint: fault.hint,
      });
    }
    return { right: false };
  }
  if (at.rules.notYet.includes(key) && !isSame(result.data, shape[key].parse(undefined))) {
    report.add({ code: "not-yet", span: places.keyAt(path), path, message: `${formatPath(path)}: not yet supported` });
    return { right: false };
  }
  return { right: true, value: result.data };
}

/** A key that is not built may be stated as long as it states the default. */
function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}

function reportUnknownKey(
  key: string,
  known: readonly string[],
  at: { path: Path; rules: KeyRules; checking: Checking },
): void {
  const path = [...at.path, key];
  const renamed = Object.hasOwn(at.rules.renamed, key) ? at.rules.renamed[key] : undefined;
  const hint =
    renamed === undefined ? suggestHint(key, [...known, ...at.rules.elsewhere]) : `the word is "${renamed}" here`;
  at.checking.report.add({
    code: "unknown-key",
    span: at.checking.places.keyAt(path),
    path,
    message: describeUnknownKey(at.path, key),
    hint,
  });
}
