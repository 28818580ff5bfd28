import { formatPath, type Path, type Report } from "../text/diagnostics.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import type { FileLocations } from "../text/file-locations.ts";
import { suggestHint } from "../../util/text/suggest.ts";
import { describeIssues, describeUnknownKey, formatValue } from "./issues.ts";
import { findRightName, type Key, type Keys, type Named } from "../schema/key.ts";
import { isFreeKey } from "../schema/values/annotations.ts";

/** The collaborators of readers and checks, for reporting problems. */
export interface CheckDeps {
  readonly report: Report;
  readonly locations: FileLocations;
  /** Returns the line of a value, from 1: for messages that name a second location. */
  readonly lineOf: (path: Path) => number;
}

/** The keys that a mapping may have. */
export interface KeyRules {
  readonly keys: Keys;
  /** Keys of Jina that are accepted without an effect. */
  readonly ignored: readonly string[];
  /** Keys of other mappings, and the names of these mappings. */
  readonly misplaced: readonly { readonly keys: Keys; readonly location: string }[];
  /** Keys that another reader handles. */
  readonly elsewhere: Named;
}

/** The keys of a mapping after the check. */
export interface KeysRead {
  readonly path: Path;
  /** Keys with a valid value, as the file gives it. */
  readonly valid: JsonObject;
  /** Keys with an invalid value, which is reported. */
  readonly invalid: ReadonlySet<string>;
  /** Keys that are accepted without an effect. */
  readonly ignored: readonly string[];
}

interface KeyReading {
  readonly path: Path;
  readonly rules: KeyRules;
  readonly deps: CheckDeps;
}

/** Checks every key of a mapping and reports problems. A key without a value counts as absent. */
export function readKeys(mapping: unknown, at: KeyReading): KeysRead {
  const valid: Record<string, unknown> = {};
  const invalid = new Set<string>();
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(asMapping(mapping, at))) {
    const verdict = checkKey(key, value, at);
    if (verdict === "valid") valid[key] = value;
    if (verdict === "invalid") invalid.add(key);
    if (verdict === "ignored") ignored.push(key);
  }
  return { path: at.path, valid, invalid, ignored };
}

function asMapping(value: unknown, at: KeyReading): JsonObject {
  if (value === null || value === undefined) return {};
  if (isJsonObject(value)) return value;
  const { report, locations } = at.deps;
  const message = `${formatPath(at.path)}: expected a mapping, got ${formatValue(value)}`;
  report.add({ code: "invalid-value", span: locations.valueAt(at.path), path: at.path, message });
  return {};
}

function checkKey(
  key: string,
  value: unknown,
  at: KeyReading,
): "valid" | "invalid" | "ignored" | "absent" {
  const { keys, elsewhere, ignored } = at.rules;
  if (isFreeKey(key) || Object.hasOwn(elsewhere, key)) return "absent";
  const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (known) {
    if (value === null || value === undefined) return "absent";
    return isValid(known, { ...at, key, value }) ? "valid" : "invalid";
  }
  if (ignored.includes(key)) return "ignored";
  reportUnknownKey(key, at);
  return "absent";
}

function isValid(
  { schema, notYet: hint }: Key,
  at: KeyReading & { readonly key: string; readonly value: unknown },
): boolean {
  const path = [...at.path, at.key];
  const { report, locations } = at.deps;
  const result = schema.safeParse(at.value);
  if (!result.success) {
    const refused = {
      value: at.value,
      path,
      schema,
      textAt: (place: Path) => locations.textAt(place),
    };
    for (const { atKey, ...fault } of describeIssues(result.error.issues, refused)) {
      const span = atKey ? locations.keyAt(fault.path) : locations.valueAt(fault.path);
      report.add({ code: atKey ? "unknown-key" : "invalid-value", span, ...fault });
    }
    return false;
  }
  if (hint === undefined || isSame(result.data, schema.parse(undefined))) return true;
  const message = `${formatPath(path)}: this key is not supported yet`;
  report.add({ code: "not-yet", span: locations.keyAt(path), path, message, hint });
  return false;
}

/** A reserved key may state its default. */
function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}

function reportUnknownKey(key: string, at: KeyReading): void {
  const { keys, misplaced, elsewhere } = at.rules;
  const path = [...at.path, key];
  const other = misplaced.find((candidate) => Object.hasOwn(candidate.keys, key));
  const rightName = findRightName(key, { ...elsewhere, ...keys });
  const certain =
    rightName !== undefined ? `write "${rightName}"` : other && `move the key to ${other.location}`;
  const hint = certain ?? suggestHint(key, [...Object.keys(keys), ...Object.keys(elsewhere)]);
  const span = at.deps.locations.keyAt(path);
  at.deps.report.add({
    code: "unknown-key",
    span,
    path,
    message: describeUnknownKey(at.path, key),
    hint,
  });
}
