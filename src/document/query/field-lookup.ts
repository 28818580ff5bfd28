import { isDocumentField } from "../json/json-document.ts";
import type { Dialect } from "./dialect.ts";
import { parseFieldPath, readPath, rootOf, type FieldPath } from "./field-path.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Finds one field of a document. */
export interface FieldLookup {
  /** Returns the values of the field: at most one in the language of docarray. */
  read(fields: Fields): readonly unknown[];
  /** The document fields that are read. */
  readonly roots: readonly string[];
  /** The name is one of the fields of docarray v1, which have a value when they are not set. */
  readonly hasDefault: boolean;
}

/** The values of fields that are not set (`default_values` of docarray v1). */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...["parent_id", "mime_type", "text", "uri", "modality", "blob"].map(
    (name) => [name, ""] as const,
  ),
  ...["granularity", "adjacency", "weight", "offset"].map((name) => [name, 0] as const),
  ...["tags", "scores", "evaluations"].map((name) => [name, {}] as const),
  ...["location", "chunks", "matches"].map((name) => [name, []] as const),
]);

/** A field of a document. A name that is not a field of the document is a tag. */
export class DocumentField implements FieldLookup {
  readonly roots: readonly string[];
  readonly hasDefault: boolean;
  readonly #path: FieldPath;
  readonly #spreads: boolean;
  readonly #isField: boolean;
  readonly #unset: readonly unknown[];

  constructor(name: string, { language, missing }: Dialect) {
    this.#path = parseFieldPath(name);
    this.#spreads = language === "MongoDB";
    this.#isField = isDocumentField(name);
    this.hasDefault = this.#isField && missing !== "fails";
    this.#unset = this.hasDefault && DEFAULTS.has(name) ? [DEFAULTS.get(name)] : [];
    const root = rootOf(this.#path);
    this.roots = this.#isField ? [root] : [...(isDocumentField(root) ? [root] : []), "tags"];
  }

  read(fields: Fields): readonly unknown[] {
    const found = readPath(fields, this.#path, this.#spreads);
    if (found.length > 0) return found;
    return this.#isField ? this.#unset : readPath(fields["tags"], this.#path, this.#spreads);
  }
}

/** A field of an item of a list. */
export class ItemField implements FieldLookup {
  readonly roots = [];
  readonly hasDefault = false;
  readonly #path: FieldPath;

  constructor(name: string) {
    this.#path = parseFieldPath(name);
  }

  read(item: Fields): readonly unknown[] {
    return readPath(item, this.#path, true);
  }
}
