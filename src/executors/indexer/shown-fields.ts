import { JflowError, type Document, type RequestContext } from "../../index.ts";
import { readFlag } from "./parameters.ts";

/** The fields of a document that parameter `fields` may name, without those that always stay. */
const OPTIONAL_FIELDS = [
  "text",
  "blob",
  "tensor",
  "weight",
  "uri",
  "modality",
  "mimeType",
  "offset",
  "location",
  "embedding",
  "chunks",
  "matches",
  "evaluations",
] as const;
type OptionalField = (typeof OPTIONAL_FIELDS)[number];

/** Removes from a stored document, before it is sent, what the request does not ask for. */
export type Trim = (document: Document) => Document;

/** The parameters that `readTrim` reads. */
export const TRIM_PARAMETERS: readonly string[] = ["fields", "with_embeddings"];

/**
 * Reads the parameters `fields` and `with_embeddings`. Without them documents are sent whole. With
 * `fields`, id and scores are sent, and the named fields and tags; the name `tags` means all tags.
 * Throws `INVALID_ARGUMENT` for other values.
 */
export function readTrim(parameters: RequestContext["parameters"]): Trim {
  const fields = readFields(parameters["fields"]);
  const withEmbeddings = readFlag(parameters, "with_embeddings");
  const names = fields && new Set(fields.map((name) => (name === "mime_type" ? "mimeType" : name)));
  const isShown = (field: OptionalField): boolean =>
    field === "embedding" && withEmbeddings !== undefined
      ? withEmbeddings
      : (names?.has(field) ?? true);
  const dropped = OPTIONAL_FIELDS.filter((field) => !isShown(field));
  return (document) => {
    for (const field of dropped) clearField(document, field);
    if (names !== undefined && !names.has("tags"))
      document.tags = Object.fromEntries(
        Object.entries(document.tags).filter(([name]) => names.has(name)),
      );
    return document;
  };
}

function readFields(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((name): name is string => typeof name === "string"))
    return value;
  throw new JflowError(
    "INVALID_ARGUMENT",
    'parameter fields must be a list of names of fields and tags, such as ["text", "price"]',
  );
}

function clearField(document: Document, field: OptionalField): void {
  switch (field) {
    case "weight":
    case "offset":
      document[field] = 0;
      break;
    case "text":
    case "uri":
    case "modality":
    case "mimeType":
      document[field] = "";
      break;
    case "blob":
      document.blob = new Uint8Array(0);
      break;
    case "tensor":
      document.tensor = undefined;
      break;
    case "embedding":
      document.embedding = undefined;
      break;
    case "evaluations":
      document.evaluations = {};
      break;
    default:
      document[field] = [];
  }
}
