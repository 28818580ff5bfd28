import sift from "sift";
import type { Document } from "../document.ts";
import { JflowError } from "../../util/errors.ts";
import { documentToJson, isDocumentField } from "../json/json-document.ts";

/**
 * A condition in docarray's query language: MongoDB's operators, and `field__key` for nested fields
 * (https://github.com/docarray/docarray/blob/v0.21.0/docs/fundamentals/documentarray/find.md).
 */
export type Condition = Readonly<Record<string, unknown>>;

interface ConditionOptions {
  /**
   * The meaning of a name at the root that is not a field of a document. `"tag"`: `price` means
   * `tags__price`, as in Jina's index executors. `"field"`: a field that every document lacks.
   */
  readonly unknownNames: "tag" | "field";
}

// sift is a CommonJS module: its default export is a property of the module that Node imports.
// oxlint-disable-next-line import/no-named-as-default-member
const { default: makeTest } = sift;

export interface CompiledCondition {
  /** Returns whether the fields of a document, as JSON, meet the condition. */
  readonly isMetBy: (fields: Readonly<Record<string, unknown>>) => boolean;
  /** The fields that the condition reads. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Compiles a condition. Throws `INVALID_ARGUMENT` for an invalid condition and for `$where`, which
 * would run code.
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
      `${JSON.stringify(condition)} is not a valid condition${reason}`,
      { cause },
    );
  }
}

/**
 * Compiles a filter such as `{"price": {"$lt": 5}, "tags__color": "red"}`. A name that is not a
 * field of a document is a tag. Throws `INVALID_ARGUMENT` for an invalid filter.
 */
export function compileFilter(filter: Condition): (document: Document) => boolean {
  const { isMetBy, fields } = compileCondition(filter, { unknownNames: "tag" });
  return (document) => isMetBy(documentToJson(document, { empty: "omit", only: fields }));
}

function translate(condition: Condition, options: ConditionOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(condition).map(([key, value]) => {
      if (key === "$where") throw new RangeError("$where is not supported");
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

/** Converts `tags__price` to the path `tags.price`. */
function pathOf(key: string, { unknownNames }: ConditionOptions): string {
  const path = key.replaceAll("__", ".");
  return unknownNames === "field" || isDocumentField(rootOf(path)) ? path : `tags.${path}`;
}

/** Returns the root fields that a condition reads. */
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
