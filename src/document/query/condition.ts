import type { Document } from "../document.ts";
import { JflowError } from "../../util/errors.ts";
import { documentToJson } from "../json/json-document.ts";
import { ConditionParser, type ConditionFault, type FieldsTest } from "./condition-parser.ts";
import { FILTER, WHEN_V1, WHEN_V2, type Dialect } from "./dialect.ts";

/** A condition on documents: names, operators and operands. */
export type Condition = Readonly<Record<string, unknown>>;

export interface CompiledWhen {
  /** Tests the fields of a document of docarray v1, as JSON. */
  readonly v1: FieldsTest;
  /** Tests the fields of a document of docarray v2, as JSON. */
  readonly v2: FieldsTest;
  /** The fields of docarray v1 that the condition reads. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Compiles a filter such as `{"price": {"$lt": 5}, "tags__color": "red"}`. A name that is not a
 * field of a document is a tag. The operators are those of MongoDB. Throws `INVALID_ARGUMENT` for
 * an invalid filter.
 */
export function compileFilter(filter: Condition): (document: Document) => boolean {
  const { test, roots } = compile(filter, FILTER, "filter");
  return (document) => test(documentToJson(document, { empty: "omit", only: roots }));
}

/**
 * Compiles a condition of `when`, which means what it means in docarray. Throws `INVALID_ARGUMENT`
 * for an invalid condition.
 */
export function compileWhen(condition: Condition): CompiledWhen {
  const { test, roots } = compile(condition, WHEN_V1, "when");
  return { v1: test, v2: compile(condition, WHEN_V2, "when").test, fields: roots };
}

/** Returns the mistakes of a condition of `when`. */
export function listFaults(condition: Condition): readonly ConditionFault[] {
  const parser = new ConditionParser(WHEN_V1);
  parser.parse(condition);
  return parser.faults;
}

function compile(
  condition: Condition,
  dialect: Dialect,
  subject: string,
): { test: FieldsTest; roots: ReadonlySet<string> } {
  const parser = new ConditionParser(dialect);
  const test = parser.parse(condition);
  const [fault] = parser.faults;
  if (fault !== undefined)
    throw new JflowError(
      "INVALID_ARGUMENT",
      [subject, fault.path.join("."), fault.message, fault.hint].filter(Boolean).join(": "),
    );
  return { test, roots: parser.roots };
}
