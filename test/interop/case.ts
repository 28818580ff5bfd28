import type { DocumentFormat } from "../../src/document/v2/document-format.ts";
import { isDeepStrictEqual } from "node:util";
import { listForbidden, type Difference } from "./allowed-fields.ts";
import type { Side } from "./side.ts";
import type { Stock } from "./stock.ts";

/** A request that both sides answer. */
export interface Case {
  readonly name: string;
  /** Asks one side and returns its answer as plain JSON. `settle` replaces the parts that vary. */
  ask(side: Side): Promise<unknown>;
  /** A deliberate difference: its documented name, and a check of jflow's promised answer. */
  readonly deliberate?: { readonly reason: Difference; expect(answer: never): boolean };
  /** A check of both answers, so that two equal failures do not pass. */
  readonly expect?: (answer: never) => boolean;
}

/**
 * The processes and files that a scenario needs outside of both flows, and the values that replace
 * `@name` in the flow files.
 */
export interface Prepared extends AsyncDisposable {
  readonly values: Readonly<Record<string, string | number>>;
  /** Environment variables of both flows. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A flow and its cases. */
export interface Scenario {
  readonly name: string;
  /** A flow file with `@listen` in its `with` and `@Twin` for an executor. */
  readonly flow: string;
  readonly cases: readonly Case[];
  /** Returns what the scenario needs and the machine does not have; undefined where it can run. */
  readonly findMissing?: () => string | undefined;
  /** Starts the external executors and flows. */
  readonly prepare?: (stock: Stock) => Promise<Prepared>;
  /** The format of the documents. The default is v1. */
  readonly docarray?: DocumentFormat;
  /** jflow's flow file, where it differs. */
  readonly jflowFlow?: string;
  /** The name of what replaces stock Jina, where it cannot run the flow. */
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
  // Python (by repr) and JavaScript write the same exception differently.
  [/\b(\w+Error)\('([^']*)'\)/g, "$1: $2"],
];

/** Replaces ids, addresses and times of an answer by fixed values. */
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

/** Returns the first differences of two answers, as `path: left | right`. */
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

/** Returns a value as one short line. */
export function brief(value: unknown, length: number = 90): string {
  const text = value === undefined ? "(nothing)" : JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

/** Checks jflow's promised answer also where both answers are equal. */
function isExpected({ expect, deliberate }: Case, answer: unknown): boolean {
  return (expect?.(answer as never) ?? true) && (deliberate?.expect(answer as never) ?? true);
}

/** Compares the answers of both sides. */
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
