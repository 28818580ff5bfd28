import { RequestRefusal, type Document, type RequestContext } from "../../index.ts";
import { isEmpty } from "./merge-document.ts";
import { readFlag } from "./parameters.ts";

/** The fields that parameter `fields` may name, and their values where it does not. */
const OPTIONAL_FIELDS = {
  text: "",
  blob: new Uint8Array(0),
  tensor: undefined,
  weight: 0,
  uri: "",
  modality: "",
  mimeType: "",
  offset: 0,
  location: [],
  embedding: undefined,
  chunks: [],
  matches: [],
  evaluations: {},
} as const;
type OptionalField = keyof typeof OPTIONAL_FIELDS;

/** Removes from a stored document, before it is sent, what the request does not ask for. */
export interface Trim {
  (document: Document): Document;
  /** Whether only id and scores are sent. */
  readonly isBare: boolean;
}

/** The parameters that `readTrim` reads. */
export const TRIM_PARAMETERS: readonly string[] = ["fields", "with_embeddings"];

/**
 * Reads the parameters `fields` and `with_embeddings`. Without them documents are sent whole, with
 * or without their embeddings as `byDefault` says. With `fields`, id and scores are sent, and the
 * named fields and tags; the name `tags` means all tags. Throws `INVALID_ARGUMENT` for other
 * values.
 */
export function readTrim(
  parameters: RequestContext["parameters"],
  byDefault: { readonly withEmbeddings: boolean },
): Trim {
  const fields = readFields(parameters["fields"]);
  const withEmbeddings = readFlag(parameters, "with_embeddings");
  const names = fields && new Set(fields.map((name) => (name === "mime_type" ? "mimeType" : name)));
  const isShown = (field: OptionalField): boolean =>
    field === "embedding"
      ? (withEmbeddings ?? names?.has(field) ?? byDefault.withEmbeddings)
      : (names?.has(field) ?? true);
  const dropped = (Object.keys(OPTIONAL_FIELDS) as OptionalField[]).filter(
    (field) => !isShown(field),
  );
  const trim = (document: Document): Document => {
    for (const field of dropped)
      if (hasField(document, field)) Object.assign(document, { [field]: OPTIONAL_FIELDS[field] });
    if (names !== undefined && !names.has("tags"))
      document.tags = Object.fromEntries(
        Object.entries(document.tags).filter(([name]) => names.has(name)),
      );
    return document;
  };
  return Object.assign(trim, { isBare: names?.size === 0 && withEmbeddings !== true });
}

function readFields(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((name): name is string => typeof name === "string"))
    return value;
  throw new RequestRefusal(
    "INVALID_ARGUMENT",
    'parameter fields must be a list of names of fields and tags, such as ["text", "price"]',
  );
}

/** Whether a field may have a value. An embedding is not decoded for the answer. */
function hasField(document: Document, field: OptionalField): boolean {
  return field === "embedding" || !isEmpty(document[field]);
}
