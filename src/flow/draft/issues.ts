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

/** A value that a schema refuses, and how the file writes it. */
export interface RefusedValue {
  readonly value: unknown;
  readonly path: Path;
  readonly schema: z.ZodType;
  /** Returns the text of the file at a path. */
  readonly textAt: (path: Path) => string | undefined;
}

/**
 * Describes the issues that the schema found in a value, one for each part of the value. For a
 * union, the branch that matched most of the value is described.
 */
export function describeIssues(issues: readonly Issue[], refused: RefusedValue): readonly Fault[] {
  const faults = issues.flatMap(unwrapUnion).flatMap((issue) => describeIssue(issue, refused));
  const first = new Map<string, Fault>();
  for (const fault of faults) {
    const key = JSON.stringify([fault.path, fault.atKey]);
    if (!first.has(key)) first.set(key, fault);
  }
  return [...first.values()];
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

function describeIssue(issue: Issue, refused: RefusedValue): readonly Fault[] {
  const steps = issue.path.filter((step): step is string | number => typeof step !== "symbol");
  const path = [...refused.path, ...steps];
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
  const value = follow(refused.value, steps);
  const text = hasOtherText(value) ? refused.textAt(path) : undefined;
  const message = `${formatPath(path)}: ${issue.message}, got ${text ?? formatValue(value)}`;
  const isText =
    text !== undefined && refused.schema.safeParse(replaceAt(refused.value, steps, text)).success;
  return [
    { path, atKey: false, message, ...(isText ? { hint: `quote the value: "${text}"` } : {}) },
  ];
}

/** Whether the file may write the value in several ways. */
function hasOtherText(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

/** Returns a value with another value at a path. */
function replaceAt(value: unknown, steps: readonly (string | number)[], by: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.with(Number(step), replaceAt(value[Number(step)], rest, by));
  return isJsonObject(value) ? { ...value, [step]: replaceAt(value[step], rest, by) } : value;
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
