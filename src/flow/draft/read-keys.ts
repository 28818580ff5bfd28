import { formatPath, type Path, type Report } from "../text/diagnostics.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import type { FileLocations } from "../text/file-locations.ts";
import { suggestHint } from "../text/suggest.ts";
import { describeIssues, describeUnknownKey, show } from "./issues.ts";
import { findRightName, type Key, type Keys, type Named } from "../schema/key.ts";
import { isFreeKey } from "../schema/annotations.ts";

/** What every reader and check needs: where values stand, and whom to tell. */
export interface CheckDeps {
  readonly report: Report;
  readonly locations: FileLocations;
  /** The line of a value, from 1: for messages that point at a second place. */
  readonly lineOf: (path: Path) => number;
}

/** Which keys a mapping may have. */
export interface KeyRules {
  readonly keys: Keys;
  /** Taken without a meaning here. */
  readonly ignored: readonly string[];
  /** Keys that stand in the wrong place, and where they belong. */
  readonly misplaced: readonly { readonly keys: Keys; readonly location: string }[];
  /** Keys that somebody else reads. */
  readonly elsewhere: Named;
}

/** A mapping after its keys were looked at one by one. */
export interface KeysRead {
  readonly path: Path;
  /** The keys whose values are valid, as the file gives them. */
  readonly valid: JsonObject;
  /** Keys whose values are wrong, and were reported. */
  readonly invalid: ReadonlySet<string>;
  /** Keys that were taken and mean nothing here. */
  readonly ignored: readonly string[];
}

interface KeyReading {
  readonly path: Path;
  readonly rules: KeyRules;
  readonly deps: CheckDeps;
}

/**
 * Looks at every key of a mapping and reports what is wrong. A key without a value is as good as
 * absent.
 */
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
  const message = `${formatPath(at.path)}: expected a mapping, got ${show(value)}`;
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
    for (const { atKey, ...fault } of describeIssues(result.error.issues, at.value, path)) {
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

/** A key that is not built may be stated as long as it states the default. */
function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}

function reportUnknownKey(key: string, at: KeyReading): void {
  const { keys, misplaced, elsewhere } = at.rules;
  const path = [...at.path, key];
  const other = misplaced.find((candidate) => Object.hasOwn(candidate.keys, key));
  const rightName = findRightName(key, { ...elsewhere, ...keys });
  const said =
    rightName !== undefined ? `write "${rightName}"` : other && `move the key to ${other.location}`;
  const hint = said ?? suggestHint(key, [...Object.keys(keys), ...Object.keys(elsewhere)]);
  const span = at.deps.locations.keyAt(path);
  at.deps.report.add({
    code: "unknown-key",
    span,
    path,
    message: describeUnknownKey(at.path, key),
    hint,
  });
}
