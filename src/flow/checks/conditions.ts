import type { Draft } from "../draft/draft.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import type { Path } from "../text/diagnostics.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { suggestHint } from "../../util/text/suggest.ts";

/**
 * The operators of DocArray's query language
 * (https://github.com/docarray/docarray/blob/v0.21.0/docs/fundamentals/documentarray/find.md).
 */
const OPERATORS: readonly string[] = [
  "$eq",
  "$ne",
  "$gt",
  "$gte",
  "$lt",
  "$lte",
  "$in",
  "$nin",
  "$regex",
  "$size",
  "$exists",
  "$and",
  "$or",
  "$not",
];

/**
 * Checks that the gateway can evaluate every `when` condition, before the first request arrives.
 */
export function checkConditions(draft: Draft, deps: CheckDeps): void {
  for (const { values, path } of draft.executors) {
    if (values.when !== undefined) checkCondition(values.when, [...path, "when"], deps);
  }
}

function checkCondition(value: unknown, path: Path, deps: CheckDeps): void {
  if (Array.isArray(value)) {
    value.forEach((each: unknown, index) => checkCondition(each, [...path, index], deps));
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    const fault = describeFault(key, inner);
    if (fault !== undefined) {
      deps.report.add({
        code: "invalid-value",
        span: deps.locations.keyAt(at),
        path: at,
        ...fault,
      });
    }
    checkCondition(inner, at, deps);
  }
}

function describeFault(
  key: string,
  value: unknown,
): { message: string; hint?: string } | undefined {
  if (key.startsWith("$") && !OPERATORS.includes(key)) {
    const hint = suggestHint(key, OPERATORS) ?? `known operators: ${OPERATORS.join(", ")}`;
    return { message: `when: unknown operator "${key}"`, hint };
  }
  if ((key === "$and" || key === "$or") && !Array.isArray(value)) {
    return { message: `when: "${key}" expects a list of conditions` };
  }
  if (key === "$regex" && !isRegex(value)) {
    return { message: `when: ${JSON.stringify(value)} is not a valid regular expression` };
  }
  return undefined;
}

function isRegex(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    return new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}
