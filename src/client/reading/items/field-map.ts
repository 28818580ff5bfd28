import { documentFromJson, isDocumentField } from "../../../document/json/json-document.ts";
import { setKey } from "../../../document/values/struct.ts";
import { JflowError } from "../../../util/errors.ts";
import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";

/** The target of a key or a column of the input: a field of the document, or a tag. */
export type Target =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "tag"; readonly name: string };

/** The targets of keys, from `--map` and `--id`. */
export type FieldMap = ReadonlyMap<string, Target>;

export const NO_MAP: FieldMap = new Map();

/** Names that are recognised in any letters: `ID`, `Text`, and the `_id` of MongoDB. */
const GUESSED: ReadonlyMap<string, string> = new Map([
  ["id", "id"],
  ["_id", "id"],
  ["text", "text"],
  ["uri", "uri"],
  ["embedding", "embedding"],
]);

/**
 * Reads `--map key=target,...`. A target is the name of a field, or `tags.<name>`; any other name
 * is a tag. `idKey` is the key of the id. Throws `INVALID_ARGUMENT` for other texts, and where two
 * keys have one target.
 */
export function readFieldMap(texts: readonly string[], idKey?: string): FieldMap {
  const map = new Map<string, Target>();
  for (const text of texts.flatMap((each) => each.split(","))) {
    const [key, target, ...more] = text.split("=").map((part) => part.trim());
    if (!key || !target || more.length > 0)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `--map ${text} is not valid: write key=field or key=tags.name`,
      );
    map.set(key, targetOf(target));
  }
  if (idKey !== undefined) map.set(idKey, { kind: "field", name: "id" });
  const names = [...map.values()].map(showTarget);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new JflowError("INVALID_ARGUMENT", `--map and --id give "${twice}" more than one value`);
  return map;
}

function targetOf(text: string): Target {
  if (text.startsWith("tags.")) return { kind: "tag", name: text.slice("tags.".length) };
  return { kind: isDocumentField(text) ? "field" : "tag", name: text };
}

function showTarget({ kind, name }: Target): string {
  return kind === "tag" ? `tags.${name}` : name;
}

/**
 * Returns the target of each key, in order. `map` decides, then the name: a field of a document, in
 * any letters for `id`, `text`, `uri` and `embedding`. Every other key is a tag.
 */
export function targetsOf(keys: readonly string[], map: FieldMap): readonly Target[] {
  const mapped = new Set([...map].filter(([key]) => keys.includes(key)).map(([, to]) => to.name));
  const taken = new Set([
    ...mapped,
    ...keys.filter((key) => !map.has(key) && isDocumentField(key)),
  ]);
  return keys.map((key) => {
    const target = map.get(key);
    if (target !== undefined) return target;
    const known = isDocumentField(key) && !mapped.has(key);
    if (known) return { kind: "field", name: key };
    const guess = GUESSED.get(key.trim().toLowerCase());
    if (guess === undefined || taken.has(guess)) return { kind: "tag", name: key };
    taken.add(guess);
    return { kind: "field", name: guess };
  });
}

/** Returns a JSON document whose keys are renamed to their targets. */
export function renameKeys(json: JsonObject, map: FieldMap): JsonObject {
  const keys = Object.keys(json);
  const targets = targetsOf(keys, map);
  const isSame = targets.every(
    ({ kind, name }, i) => name === keys[i] && (kind === "field" || !isDocumentField(name)),
  );
  return isSame ? json : jsonOf(targets.map((target, i) => [target, json[keys[i]!]]));
}

/** Returns the JSON document with these fields and tags. */
export function jsonOf(values: readonly (readonly [Target, unknown])[]): JsonObject {
  const json: Record<string, unknown> = {};
  const tags: Record<string, unknown> = {};
  for (const [{ kind, name }, value] of values)
    setKey(kind === "tag" && isDocumentField(name) ? tags : json, name, value);
  if (Object.keys(tags).length === 0) return json;
  const own = json["tags"];
  return { ...json, tags: isJsonObject(own) ? { ...tags, ...own } : tags };
}

/**
 * Returns why keys do not fit the fields that they name, all of them in one message, with the
 * option that loads them as tags. Returns undefined if each one fits.
 */
export function describeMisfits(json: JsonObject, noun: "key" | "column"): string | undefined {
  const misfits = Object.entries(json).flatMap(([key, value]) => {
    const reason = misfitOf(key, value);
    return reason === undefined ? [] : [{ key, reason }];
  });
  if (misfits.length === 0) return undefined;
  const reasons = misfits.map(({ reason }) => reason.replace("document field", noun));
  const option = misfits.map(({ key }) => `${key}=tags.${key}`).join(",");
  return `${reasons.join("; ")}. To load ${misfits.length === 1 ? "it as a tag" : "them as tags"}: --map ${option}`;
}

/** Returns why a value does not fit the field that its key names. */
export function misfitOf(key: string, value: unknown): string | undefined {
  if (!isDocumentField(key)) return undefined;
  try {
    documentFromJson({ [key]: value }, { unknownKeys: "ignore" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Returns why a record has no id, although `--id` or `--map` names its key. Without an id, posting
 * it again would add a second document.
 */
export function describeMissingId(json: JsonObject, map: FieldMap): string | undefined {
  const id = json["id"];
  if (id !== undefined && id !== null && id !== "") return undefined;
  const named = [...map].find(([, { kind, name }]) => kind === "field" && name === "id");
  return named === undefined ? undefined : `"${named[0]}", which names the id, is missing or empty`;
}

/** The keys of a map that no record has had yet. */
export class UnusedKeys {
  readonly #keys: Set<string>;

  constructor(map: FieldMap) {
    this.#keys = new Set([...map].flatMap(([key, { name }]) => (name === "id" ? [] : [key])));
  }

  remove(keys: Iterable<string>): void {
    if (this.#keys.size > 0) for (const key of keys) this.#keys.delete(key);
  }

  /** Returns a notice for each key that is left. */
  describe(): readonly string[] {
    return [...this.#keys].map((key) => `--map names "${key}", which no record has`);
  }
}
