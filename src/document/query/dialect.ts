/** The meaning of a condition in the points in which MongoDB and docarray differ. */
export interface Dialect {
  readonly language: "MongoDB" | "docarray";
  /**
   * A field that does not exist: `"absent"` as in MongoDB, `"null"` as in docarray v1, or
   * `"fails"` every operator but `$exists`, as in docarray v2.
   */
  readonly missing: "absent" | "null" | "fails";
}

/**
 * The language of filters (https://www.mongodb.com/docs/manual/reference/mql/query-predicates/).
 */
export const FILTER: Dialect = { language: "MongoDB", missing: "absent" };

/**
 * The language of `when` for documents of docarray v1
 * (https://github.com/docarray/docarray/blob/v0.21.0/docarray/array/queryset/lookup.py).
 */
export const WHEN_V1: Dialect = { language: "docarray", missing: "null" };

/** The language of `when` for documents of docarray v2. */
export const WHEN_V2: Dialect = { language: "docarray", missing: "fails" };
