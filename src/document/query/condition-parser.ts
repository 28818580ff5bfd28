import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import { suggestHint } from "../../util/text/suggest.ts";
import type { Dialect } from "./dialect.ts";
import { DocumentField, ItemField, type FieldLookup, type Fields } from "./field-lookup.ts";
import { compileOperator, FIELD_OPERATORS, type ValuesTest } from "./operators.ts";
import { holdsOperator, show } from "./values.ts";

/** A mistake in a condition. */
export interface ConditionFault {
  /** The keys and indexes that lead to the mistake. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The text to write instead. */
  readonly hint?: string;
}

/** Returns whether the fields of a document meet a condition. */
export type FieldsTest = (fields: Fields) => boolean;

type Path = ConditionFault["path"];

interface Group {
  readonly kind: Kind;
  readonly tests: readonly FieldsTest[];
}
type Kind = "$and" | "$or" | "$nor" | "$not";

const LOGICAL: readonly string[] = ["$and", "$or", "$nor", "$not"] satisfies Kind[];

const OPERATORS: readonly string[] = [...FIELD_OPERATORS, ...LOGICAL];

/** The name of another field in an operand of docarray, such as `{tags__name}`. */
const PLACEHOLDER = /\{\s*(\w*)\s*\}/gu;

const NEVER: FieldsTest = () => false;

/** Compiles one condition. Collects all faults. */
export class ConditionParser {
  readonly faults: ConditionFault[] = [];
  /** The document fields that the condition reads. */
  readonly roots = new Set<string>();
  readonly #dialect: Dialect;
  readonly #lookUp: (name: string) => FieldLookup;

  constructor(dialect: Dialect, isItem = false) {
    this.#dialect = dialect;
    this.#lookUp = (name) => (isItem ? new ItemField(name) : new DocumentField(name, dialect));
  }

  parse(condition: JsonObject): FieldsTest {
    return testOf(this.#parseObject(condition, []));
  }

  /** `field` is the field that operators of the object refer to. */
  #parseObject(object: JsonObject, path: Path, field?: string): Group {
    const groups = this.#parseEntries(object, path, field);
    const [first, ...others] = groups;
    // docarray adds the keys after an operator to the group of the operator.
    if (first && this.#dialect.language === "docarray")
      return { kind: first.kind, tests: [...first.tests, ...others.map(testOf)] };
    return { kind: "$and", tests: groups.map(testOf) };
  }

  #parseEntries(object: JsonObject, path: Path, field: string | undefined): readonly Group[] {
    return Object.entries(object).map(([key, operand]) =>
      this.#parseEntry({ key, operand, siblings: object }, [...path, key], field),
    );
  }

  #parseEntry(
    entry: { key: string; operand: unknown; siblings: JsonObject },
    path: Path,
    field: string | undefined,
  ): Group {
    const { key, operand } = entry;
    if (LOGICAL.includes(key)) return this.#parseLogical(key as Kind, operand, path, field);
    if (!key.startsWith("$")) return this.#parseName(key, operand, path);
    if (!FIELD_OPERATORS.includes(key))
      return this.#fail(path, `unknown operator "${key}"`, {
        hint: [suggestHint(key, OPERATORS), `known operators: ${OPERATORS.join(", ")}`]
          .filter(Boolean)
          .join(" "),
      });
    if (field === undefined)
      return this.#fail(path, `"${key}" has no field`, {
        hint: `write {"<name>": {"${key}": ...}}`,
      });
    return single(this.#parseOperator(entry, path, field));
  }

  #parseLogical(kind: Kind, operand: unknown, path: Path, field: string | undefined): Group {
    if (Array.isArray(operand)) {
      const items: readonly unknown[] = operand;
      if (items.length === 0 && this.#dialect.language === "MongoDB")
        return this.#fail(path, `"${kind}" expects at least one condition`);
      return { kind, tests: items.map((item, i) => this.#parseItem(item, [...path, i], field)) };
    }
    const takesObject = kind === "$not" || this.#dialect.language === "docarray";
    if (takesObject && isJsonObject(operand))
      return { kind, tests: this.#parseEntries(operand, path, field).map(testOf) };
    return this.#fail(
      path,
      `"${kind}" expects ${kind === "$not" ? "a condition" : "a list of conditions"}`,
    );
  }

  #parseItem(item: unknown, path: Path, field: string | undefined): FieldsTest {
    if (isJsonObject(item)) return testOf(this.#parseObject(item, path, field));
    return testOf(this.#fail(path, `${show(item)} is not a condition`));
  }

  #parseName(name: string, operand: unknown, path: Path): Group {
    if (!holdsOperator(operand) || !isJsonObject(operand))
      return single(
        this.#parseOperator({ key: "$eq", operand, siblings: { $eq: operand } }, path, name),
      );
    const nested = Object.keys(operand).find((key) => !key.startsWith("$"));
    if (nested !== undefined)
      return this.#fail([...path, nested], `"${nested}" stands where an operator is expected`, {
        hint: `a nested field is "${name}__${nested}"`,
      });
    const groups = this.#parseEntries(operand, path, name);
    return groups.length === 1 ? groups[0]! : { kind: "$and", tests: groups.map(testOf) };
  }

  #parseOperator(
    { key, operand, siblings }: { key: string; operand: unknown; siblings: JsonObject },
    path: Path,
    name: string,
  ): FieldsTest {
    const field = this.#lookUp(name);
    for (const root of field.roots) this.roots.add(root);
    if (key === "$options") return this.#checkOptions(operand, siblings, path);
    if (key === "$elemMatch") return this.#parseElemMatch(operand, path, field);
    const options = siblings["$options"];
    const context = {
      dialect: this.#dialect,
      hasDefault: field.hasDefault,
      flags: typeof options === "string" ? options : "",
    };
    if (this.#dialect.language === "docarray" && typeof operand === "string" && operand[0] === "{")
      return this.#parsePlaceholder(operand, path, {
        compile: (value) => compileOperator(key, value, context),
        field,
      });
    try {
      const test = compileOperator(key, operand, context);
      return (fields) => test(field.read(fields));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      return testOf(this.#fail(path, `"${key}" cannot take ${show(operand)}: ${cause.message}`));
    }
  }

  #checkOptions(operand: unknown, siblings: JsonObject, path: Path): FieldsTest {
    if (!Object.hasOwn(siblings, "$regex")) this.#fail(path, `"$options" stands without "$regex"`);
    else if (typeof operand !== "string" || !/^[imsxu]*$/u.test(operand))
      this.#fail(path, `"$options" cannot take ${show(operand)}: it expects letters of i, m, s, x`);
    return () => true;
  }

  #parseElemMatch(operand: unknown, path: Path, field: FieldLookup): FieldsTest {
    if (!isJsonObject(operand))
      return testOf(
        this.#fail(path, `"$elemMatch" cannot take ${show(operand)}: it expects a condition`),
      );
    const parser = new ConditionParser(this.#dialect, true);
    const isOfValues = Object.keys(operand).some((key) => FIELD_OPERATORS.includes(key));
    // The items of a list of plain values get a name, so that operators have a field.
    const test = parser.parse(isOfValues ? { item: operand } : operand);
    for (const fault of parser.faults)
      this.faults.push({ ...fault, path: [...path, ...fault.path.slice(isOfValues ? 1 : 0)] });
    const accepts = (item: unknown): boolean =>
      isOfValues ? test({ item }) : isJsonObject(item) && test(item);
    return (fields) =>
      field.read(fields).some((value) => Array.isArray(value) && value.some(accepts));
  }

  #parsePlaceholder(
    operand: string,
    path: Path,
    operator: { compile: (operand: unknown) => ValuesTest; field: FieldLookup },
  ): FieldsTest {
    const [match, ...others] = operand.matchAll(PLACEHOLDER);
    if (match?.[1] === undefined || match[1] === "" || others.length > 0)
      return testOf(
        this.#fail(path, `${show(operand)} is not a placeholder`, {
          hint: "a text that starts with { names one field, such as {tags__name}",
        }),
      );
    const other = this.#lookUp(match[1]);
    for (const root of other.roots) this.roots.add(root);
    return (fields) => {
      try {
        return operator.compile(other.read(fields)[0] ?? null)(operator.field.read(fields));
      } catch (error) {
        if (error instanceof RangeError) return false;
        throw error;
      }
    };
  }

  #fail(path: Path, message: string, more: Pick<ConditionFault, "hint"> = {}): Group {
    this.faults.push({ path, message, ...more });
    return single(NEVER);
  }
}

function single(test: FieldsTest): Group {
  return { kind: "$and", tests: [test] };
}

function testOf({ kind, tests }: Group): FieldsTest {
  if (kind === "$and" && tests.length === 1) return tests[0]!;
  const all: FieldsTest = (fields) => tests.every((test) => test(fields));
  const any: FieldsTest = (fields) => tests.some((test) => test(fields));
  switch (kind) {
    case "$and":
      return all;
    case "$not":
      return (fields) => !all(fields);
    case "$or":
      return any;
    case "$nor":
      return (fields) => !any(fields);
    default:
      return kind satisfies never;
  }
}
