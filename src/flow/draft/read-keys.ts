import { formatPath, type Path, type Report } from "../text/diagnostics.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import type { Places } from "../text/locations.ts";
import { suggestHint } from "../text/suggest.ts";
import { describeIssues, describeUnknownKey, show } from "./issues.ts";
import { findRightName, type Key, type Keys, type Named } from "../schema/key.ts";
import { isFreeKey } from "../schema/words.ts";

/** What every reader and check needs: where values stand, and whom to tell. */
export interface Checking {
  readonly report: Report;
  readonly places: Places;
  /** The line of a value, from 1: for messages that point at a second place. */
  readonly lineOf: (path: Path) => number;
}

/** Which keys a mapping may have. */
export interface KeyRules {
  readonly keys: Keys;
  /** Taken without a meaning here. */
  readonly ignored: readonly string[];
  /** Keys that stand in the wrong place, and where they belong. */
  readonly misplaced: readonly { readonly keys: Keys; readonly place: string }[];
  /** Keys that somebody else reads. */
  readonly elsewhere: Named;
}

/** A mapping after its keys were looked at one by one. */
export interface KeysRead {
  readonly path: Path;
  /** The keys whose values are right, as the file gives them. */
  readonly right: JsonObject;
  /** Keys whose values are wrong, and were reported. */
  readonly wrong: ReadonlySet<string>;
  /** Keys that were taken and mean nothing here. */
  readonly ignored: readonly string[];
}

interface Place {
  readonly path: Path;
  readonly rules: KeyRules;
  readonly checking: Checking;
}

/**
 * Looks at every key of a mapping and reports what is wrong. A key without a value is as good as
 * absent.
 */
export function readKeys(mapping: unknown, at: Place): KeysRead {
  const right: Record<string, unknown> = {};
  const wrong = new Set<string>();
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(asMapping(mapping, at))) {
    const verdict = judgeKey(key, value, at);
    if (verdict === "right") right[key] = value;
    if (verdict === "wrong") wrong.add(key);
    if (verdict === "ignored") ignored.push(key);
  }
  return { path: at.path, right, wrong, ignored };
}

function asMapping(value: unknown, at: Place): JsonObject {
  if (value === null || value === undefined) return {};
  if (isJsonObject(value)) return value;
  const { report, places } = at.checking;
  const message = `${formatPath(at.path)}: expected a mapping, got ${show(value)}`;
  report.add({ code: "invalid-value", span: places.valueAt(at.path), path: at.path, message });
  return {};
}

function judgeKey(
  key: string,
  value: unknown,
  at: Place,
): "right" | "wrong" | "ignored" | "absent" {
  const { keys, elsewhere, ignored } = at.rules;
  if (isFreeKey(key) || Object.hasOwn(elsewhere, key)) return "absent";
  const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (known) {
    if (value === null || value === undefined) return "absent";
    return isRight(known, { ...at, key, value }) ? "right" : "wrong";
  }
  if (ignored.includes(key)) return "ignored";
  reportUnknownKey(key, at);
  return "absent";
}

function isRight(
  { schema, notYet: hint }: Key,
  at: Place & { readonly key: string; readonly value: unknown },
): boolean {
  const path = [...at.path, at.key];
  const { report, places } = at.checking;
  const result = schema.safeParse(at.value);
  if (!result.success) {
    for (const { atKey, ...fault } of describeIssues(result.error.issues, at.value, path)) {
      const span = atKey ? places.keyAt(fault.path) : places.valueAt(fault.path);
      report.add({ code: atKey ? "unknown-key" : "invalid-value", span, ...fault });
    }
    return false;
  }
  if (hint === undefined || isSame(result.data, schema.parse(undefined))) return true;
  const message = `${formatPath(path)}: not yet supported`;
  report.add({ code: "not-yet", span: places.keyAt(path), path, message, hint });
  return false;
}

/** A key that is not built may be stated as long as it states the default. */
function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}

function reportUnknownKey(key: string, at: Place): void {
  const { keys, misplaced, elsewhere } = at.rules;
  const path = [...at.path, key];
  const other = misplaced.find((candidate) => Object.hasOwn(candidate.keys, key));
  const right = findRightName(key, { ...elsewhere, ...keys });
  const said =
    right !== undefined ? `the word is "${right}" here` : other && `write it in ${other.place}`;
  const hint = said ?? suggestHint(key, [...Object.keys(keys), ...Object.keys(elsewhere)]);
  const span = at.checking.places.keyAt(path);
  at.checking.report.add({
    code: "unknown-key",
    span,
    path,
    message: describeUnknownKey(at.path, key),
    hint,
  });
}
