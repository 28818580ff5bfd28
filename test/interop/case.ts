import type { DocumentFormat } from "../../src/document/v2/document-format.ts";
import { isDeepStrictEqual } from "node:util";
import { listForbidden, type Difference } from "./allowed-fields.ts";
import type { Side } from "./side.ts";
import type { Stock } from "./stock.ts";

/** One question that both sides are asked. */
export interface Case {
  readonly name: string;
  /**
   * Asks one side and gives its answer as plain JSON. What differs from run to run is made the same
   * by `settle`.
   */
  ask(side: Side): Promise<unknown>;
  /**
   * Where jflow departs: the row of the README that says why, and whether this is the answer it
   * promises.
   */
  readonly deliberate?: { readonly reason: Difference; expect(answer: never): boolean };
  /** What must hold of both answers, so that two equal failures are no success. */
  readonly expect?: (answer: never) => boolean;
}

/**
 * What runs or lies outside of both flows, and what their files and cases know of it: `@name` in a
 * file stands for a value.
 */
export interface Prepared extends AsyncDisposable {
  readonly values: Readonly<Record<string, string | number>>;
  /** The environment of both flows. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A flow and what it is asked. */
export interface Scenario {
  readonly name: string;
  /** A flow file with `@listen` in its `with` and `@Twin` for an executor. */
  readonly flow: string;
  readonly cases: readonly Case[];
  /** What this machine lacks for it; undefined where it lacks nothing. */
  readonly findMissing?: () => string | undefined;
  /** Starts what both flows call external. */
  readonly prepare?: (stock: Stock) => Promise<Prepared>;
  /** The format of the documents. The default is v1. */
  readonly docarray?: DocumentFormat;
  /** The flow file of jflow, where that is what differs. */
  readonly jflowFlow?: string;
  /** What stands on the left where stock Jina cannot run the flow; the table names it. */
  readonly instead?: string;
}

/** A line of the table. */
export interface Row {
  readonly scenario: string;
  readonly name: string;
  readonly jina: string;
  readonly jflow: string;
  readonly verdict: "same" | `deliberate: ${string}` | "DIFFERENT";
  readonly detail: string;
}

const HIDDEN: readonly [RegExp, string][] = [
  [/\b[0-9a-f]{32}\b/g, "<id>"],
  [/(127\.0\.0\.1|0\.0\.0\.0|localhost):\d+/g, "<address>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  // The same exception in Python's words (its repr) and in JavaScript's.
  [/\b(\w+Error)\('([^']*)'\)/g, "$1: $2"],
];

/** The answer with ids, addresses and times made the same. */
export function settle(value: unknown): unknown {
  if (typeof value === "string")
    return HIDDEN.reduce((text, [pattern, name]) => text.replace(pattern, name), value);
  if (Array.isArray(value)) return value.map(settle);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== undefined && key !== "trace")
      .map(([key, item]) => [key, settle(item)]),
  );
}

/** Where two answers differ, as `path: left | right`, the first few. */
export function listDifferences(
  left: unknown,
  right: unknown,
  path: string = "",
): readonly string[] {
  if (isDeepStrictEqual(left, right)) return [];
  const isBranch = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null;
  if (!isBranch(left) || !isBranch(right))
    return [`${path || "answer"}: ${brief(left)} | ${brief(right)}`];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) =>
    listDifferences(left[key], right[key], path === "" ? key : `${path}.${key}`),
  );
}

/** A value on one short line. */
export function brief(value: unknown, length: number = 90): string {
  const text = value === undefined ? "(nothing)" : JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

/**
 * Holds where both answer alike too: a promise that only a difference puts to the test would be
 * wrong for long before anybody knew.
 */
function isExpected({ expect, deliberate }: Case, answer: unknown): boolean {
  return (expect?.(answer as never) ?? true) && (deliberate?.expect(answer as never) ?? true);
}

/** Judges the answers of both sides. */
export function judge(
  { name: scenario, instead }: Scenario,
  one: Case,
  answers: readonly [unknown, unknown],
): Row {
  const { name, deliberate } = one;
  const [jina, jflow] = answers.map(settle);
  const differences = listDifferences(jina, jflow);
  const left = instead === undefined ? "" : `(${instead}) `;
  const row = { scenario, name, jina: left + brief(jina), jflow: brief(jflow) };
  if (differences.length === 0) {
    if (isExpected(one, jflow))
      return { ...row, jflow: `as ${instead ?? "Jina"}`, verdict: "same", detail: "" };
    const detail = `both answer what the case does not expect: ${brief(jflow, 400)}`;
    return { ...row, verdict: "DIFFERENT", detail };
  }
  const [jinaSide, jflowSide] = split(differences[0]!);
  const shown = { ...row, jina: jinaSide, jflow: jflowSide };
  const forbidden = deliberate ? listForbidden(differences, deliberate.reason) : differences;
  if (forbidden.length === 0 && deliberate?.expect(jflow as never) === true)
    return { ...shown, verdict: `deliberate: ${deliberate.reason}`, detail: "" };
  const told =
    forbidden.length === 0
      ? [...differences, "and jflow's answer is not the one promised"]
      : forbidden;
  return { ...shown, verdict: "DIFFERENT", detail: told.slice(0, 12).join("\n") };
}

function split(difference: string): readonly [string, string] {
  const [left = "", right = ""] = difference.split(" | ", 2);
  return [left, right];
}
