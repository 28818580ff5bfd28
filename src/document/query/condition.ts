import sift from "sift";
import type { Document } from "../document.ts";
import { JflowError } from "../../util/errors.ts";
import { documentToJson, isDocumentField } from "../json/json-document.ts";

/**
 * A condition in the DocArray query language: Mongo's operators, `field__key` for nested fields.
 */
export type Condition = Readonly<Record<string, unknown>>;

/** What a name at the root of a condition is where it is no field of a document. */
interface ConditionOptions {
  /**
   * `"tag"`: `price` is `tags__price`, as in Jina's index executors; `"field"`: a field that no
   * document has.
   */
  readonly unknownNames: "tag" | "field";
}

// The module is CommonJS: its default export is a property of what Node imports.
// oxlint-disable-next-line import/no-named-as-default-member
const { default: makeTest } = sift;

/** A condition that can be asked. */
export interface CompiledCondition {
  /** Whether the fields of a document, as JSON has them, meet it. */
  readonly isMetBy: (fields: Readonly<Record<string, unknown>>) => boolean;
  /** The fields that it looks into. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Throws `INVALID_ARGUMENT` for a condition that is none. `$where` would run code, and is refused.
 */
export function compileCondition(
  condition: Condition,
  options: ConditionOptions,
): CompiledCondition {
  try {
    const translated = translate(condition, options);
    return { isMetBy: makeTest(translated), fields: new Set(listRoots(translated)) };
  } catch (cause) {
    const reason = cause instanceof RangeError ? `: ${cause.message}` : "";
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${JSON.stringify(condition)} is no condition${reason}`,
      { cause },
    );
  }
}

/**
 * The test of a filter: `{"price": {"$lt": 5}, "tags__color": "red"}`. A name that is no field of a
 * document is a tag. Throws `INVALID_ARGUMENT` for a filter that is none.
 */
export function compileFilter(filter: Condition): (document: Document) => boolean {
  const { isMetBy, fields } = compileCondition(filter, { unknownNames: "tag" });
  return (document) => isMetBy(documentToJson(document, { empty: "omit", only: fields }));
}

function translate(condition: Condition, options: ConditionOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(condition).map(([key, value]) => {
      if (key === "$where") throw new RangeError("$where is not taken");
      if (key.startsWith("$")) return [key, translateOperand(value, options)];
      return [pathOf(key, options), translateOperand(value, { unknownNames: "field" })];
    }),
  );
}

function translateOperand(value: unknown, options: ConditionOptions): unknown {
  if (Array.isArray(value)) return value.map((item) => translateOperand(item, options));
  return typeof value === "object" && value !== null
    ? translate(value as Condition, options)
    : value;
}

/** `tags__price` is the path `tags.price`. */
function pathOf(key: string, { unknownNames }: ConditionOptions): string {
  const path = key.replaceAll("__", ".");
  return unknownNames === "field" || isDocumentField(rootOf(path)) ? path : `tags.${path}`;
}

/** The fields that a condition looks into. */
function listRoots(condition: Condition): readonly string[] {
  return Object.entries(condition).flatMap(([key, value]) => {
    if (!key.startsWith("$")) return [rootOf(key)];
    const inner: readonly unknown[] = Array.isArray(value) ? value : [value];
    return inner.flatMap((item) =>
      typeof item === "object" && item !== null ? listRoots(item as Condition) : [],
    );
  });
}

function rootOf(path: string): string {
  return path.split(".", 1)[0]!;
}
