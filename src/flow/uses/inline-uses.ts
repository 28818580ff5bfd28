import type { ExecutorValues } from "../schema/executor.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";

/** The keys of an executor's own YAML. */
const KEYS: ReadonlySet<string> = new Set([
  "jtype",
  "with",
  "metas",
  "requests",
  "py_modules",
  "dynamic_batching",
]);
const SECTIONS = ["with", "metas", "requests", "dynamic_batching"] as const;

/** The form of an inline executor: the hint of its errors. */
export const INLINE_HINT =
  "write { jtype: Name, with: {...}, metas: {...}, requests: {...}, py_modules: [...] }";

/**
 * Describes what is wrong with an executor that is written into the flow file. `expandInlineUses`
 * must have refused it.
 */
export function describeInline(inline: JsonObject): string {
  if (typeof inline["jtype"] !== "string")
    return 'an inline executor needs "jtype", the name of its class';
  const unknown = Object.keys(inline).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return `an inline executor has no key "${unknown}"`;
  const wrong = SECTIONS.find((key) => !isOptionalMapping(inline[key]));
  if (wrong !== undefined) return `"${wrong}" of an inline executor must be a mapping`;
  return readRequests(inline) === undefined
    ? '"requests" of an inline executor must map endpoints to names of methods'
    : '"py_modules" of an inline executor must be a file, or a list of files';
}

/**
 * Expands an entry whose `uses` is a mapping (`jtype`, `with`, `metas`, ...) into the keys of the
 * entry. The entry's own keys win. An invalid mapping stays, and the check reports it.
 */
export function expandInlineUses(values: ExecutorValues): ExecutorValues {
  const inline = values.uses;
  if (typeof inline !== "object" || !hasRightKeys(inline)) return values;
  const { py_modules: inMetas, ...metas } = asMapping(inline["metas"]);
  const requests = readRequests(inline);
  const [modules, older] = [listTexts(inline["py_modules"]), listTexts(inMetas)];
  if (requests === undefined || modules === undefined || older === undefined) return values;
  return {
    ...values,
    uses: String(inline["jtype"]),
    uses_with: { ...asMapping(inline["with"]), ...values.uses_with },
    py_modules: [...new Set([...modules, ...older, ...values.py_modules])],
    uses_requests: join(requests, values.uses_requests),
    uses_metas: join(metas, values.uses_metas),
    uses_dynamic_batching: join(
      asMapping(inline["dynamic_batching"]),
      values.uses_dynamic_batching,
    ),
  };
}

function hasRightKeys(inline: JsonObject): boolean {
  return (
    typeof inline["jtype"] === "string" &&
    Object.keys(inline).every((key) => KEYS.has(key)) &&
    SECTIONS.every((key) => isOptionalMapping(inline[key]))
  );
}

/** Returns methods by endpoint, or `undefined` if a method is not text. */
function readRequests(inline: JsonObject): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(asMapping(inline["requests"]));
  const named = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return named.length === entries.length ? Object.fromEntries(named) : undefined;
}

function isOptionalMapping(value: unknown): boolean {
  return value === undefined || value === null || isJsonObject(value);
}

function asMapping(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Returns one text or a list of texts as a list, or `undefined` for any other value. */
function listTexts(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every((each): each is string => typeof each === "string") ? list : undefined;
}

/** Merges `above` over `below`. An empty result is `undefined`. */
function join<Value>(
  below: Readonly<Record<string, Value>>,
  above: Readonly<Record<string, Value>> | undefined,
): Readonly<Record<string, Value>> | undefined {
  const both = { ...below, ...above };
  return Object.keys(both).length === 0 ? undefined : both;
}
