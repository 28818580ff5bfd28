import type { z } from "zod";
import { formatPath, type Path } from "../text/diagnostics.ts";
import { isJsonObject } from "../../util/json-object.ts";

type Issue = z.core.$ZodIssue;

/** A problem of one value or, with `atKey`, of its key. */
export interface Fault {
  readonly path: Path;
  readonly atKey: boolean;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Describes the issues that the schema found in `value` at `path`. For a union, the branch that
 * matched most of the value is described.
 */
export function describeIssues(
  issues: readonly Issue[],
  value: unknown,
  path: Path,
): readonly Fault[] {
  return issues.flatMap(unwrapUnion).flatMap((issue) => describeIssue(issue, value, path));
}

function unwrapUnion(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branch = chooseBranch(issue.errors);
  if (branch === undefined) return [issue];
  return branch
    .map((inner): Issue => ({ ...inner, path: [...issue.path, ...inner.path] }))
    .flatMap(unwrapUnion);
}

/**
 * Returns the branch that matched most of the value, or the only branch that accepts its type, or
 * `undefined`.
 */
function chooseBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depth = (branch: readonly Issue[]): number =>
    Math.max(
      0,
      ...branch.map(({ path, code }) => path.length + (code === "unrecognized_keys" ? 1 : 0)),
    );
  const deepest = Math.max(0, ...branches.map(depth));
  if (deepest > 0) return branches.find((branch) => depth(branch) === deepest);
  const ofType = branches.filter(
    (branch) => !branch.every(({ code }) => code === "invalid_type" || code === "invalid_union"),
  );
  return ofType.length === 1 ? ofType[0] : undefined;
}

function describeIssue(issue: Issue, value: unknown, base: Path): readonly Fault[] {
  const steps = issue.path.filter((step): step is string | number => typeof step !== "symbol");
  const path = [...base, ...steps];
  if (issue.code === "unrecognized_keys") {
    // `closedMap` puts the known keys into the message.
    return issue.keys.map((key) => ({
      path: [...path, key],
      atKey: true,
      message: describeUnknownKey(path, key),
      hint: issue.message,
    }));
  }
  if (issue.code === "invalid_key") {
    return [
      {
        path,
        atKey: true,
        message: `${formatPath(path)}: ${issue.issues[0]?.message ?? issue.message}`,
      },
    ];
  }
  return [
    {
      path,
      atKey: false,
      message: `${formatPath(path)}: ${issue.message}, got ${formatValue(follow(value, steps))}`,
    },
  ];
}

/** `executors[1]: unknown key "shard"`. */
export function describeUnknownKey(path: Path, key: string): string {
  return path.length === 0 ? `unknown key "${key}"` : `${formatPath(path)}: unknown key "${key}"`;
}

function follow(value: unknown, steps: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of steps) {
    if (Array.isArray(at)) at = at[Number(step)];
    else at = isJsonObject(at) ? at[step] : undefined;
  }
  return at;
}

const MAX_SHOWN_LENGTH = 60;

/** Formats a value for a message. Lists and mappings are not written out. */
export function formatValue(value: unknown): string {
  if (value === undefined || value === null) return "no value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return "a mapping";
  return JSON.stringify(
    value.length > MAX_SHOWN_LENGTH ? `${value.slice(0, MAX_SHOWN_LENGTH)}...` : value,
  );
}
