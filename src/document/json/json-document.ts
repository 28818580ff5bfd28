import { Document, type DocumentInit, type NamedScore } from "../document.ts";
import { JflowError } from "../../util/errors.ts";
import { isJsonObject } from "../../util/json-object.ts";
import {
  arrayField,
  blobField,
  embeddingField,
  locationField,
  numberField,
  sparseEmbeddingField,
  tagsField,
  textField,
  type JsonField,
} from "./json-fields.ts";
import { numberFromJson, numberToJson } from "./json-numbers.ts";
import { setKey } from "../values/struct.ts";

/**
 * How `documentToJson` treats fields without a value: Jina's HTTP front shows each (null), files
 * leave them out.
 */
export interface JsonOptions {
  readonly empty: "omit" | "null";
  /** These alone, by their names in JSON. */
  readonly only?: ReadonlySet<string>;
}

/**
 * Where keys that are no field of a document go: into `tags` (files), or nowhere (Jina's HTTP
 * front).
 */
export interface FromJsonOptions {
  readonly unknownKeys: "tags" | "ignore";
}

/** Deeper nesting of chunks and matches is refused. */
const MAX_LEVELS = 100;

/**
 * A document as Jina's HTTP JSON: snake_case, blob base64, tensor and embedding as nested lists,
 * tags nested, numbers that JSON cannot hold as text. A sparse embedding, for which Jina has no
 * JSON, is an object of `dimensions`, `indices`, `values` under a key of its own,
 * `sparse_embedding`: Jina's HTTP client fails at an `embedding` that is no list, and leaves out
 * keys that it does not know.
 */
export function documentToJson(document: Document, options: JsonOptions): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [key, field] of FIELDS) {
    if (options.only !== undefined && !options.only.has(key)) continue;
    const value = field.toJson(document, options);
    if (value !== undefined) json[key] = value;
    else if (options.empty === "null" && !field.isOurs) json[key] = null;
  }
  return json;
}

/** Whether JSON has a field of a document under this name. */
export function isDocumentField(name: string): boolean {
  return FIELDS.has(name);
}

/**
 * A document from JSON with snake_case or camelCase keys; null counts as absent; `embedding` may be
 * sparse, too. Throws `INVALID_ARGUMENT` naming the key that has a wrong type.
 */
export function documentFromJson(json: unknown, options: FromJsonOptions): Document {
  return new Document(readInit(json, options, 0));
}

function readInit(json: unknown, options: FromJsonOptions, level: number): DocumentInit {
  if (!isJsonObject(json))
    throw new JflowError("INVALID_ARGUMENT", "a document must be a JSON object");
  if (level > MAX_LEVELS)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `documents are nested more than ${MAX_LEVELS} levels deep`,
    );
  const init: DocumentInit = {};
  const unknown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const field = BY_KEY.get(key);
    if (field === undefined) setKey(unknown, key, value);
    else if (value !== null) field.fromJson(value, { init, options, level });
  }
  if (options.unknownKeys === "tags" && Object.keys(unknown).length > 0)
    init.tags = { ...unknown, ...init.tags };
  return init;
}

function nestedField(name: "chunks" | "matches"): JsonField {
  return {
    toJson: (document, options) => {
      const nested = document[name];
      return nested.length === 0
        ? undefined
        : nested.map((each) => documentToJson(each, { empty: options.empty }));
    },
    fromJson: (value, { init, options, level }) => {
      if (!Array.isArray(value))
        throw new JflowError(
          "INVALID_ARGUMENT",
          `document field "${name}" must be a list of documents`,
        );
      init[name] = value.map((each: unknown) => readInit(each, options, level + 1));
    },
  };
}

function scoresField(name: "scores" | "evaluations"): JsonField {
  return {
    toJson: (document, { empty }) => {
      const entries = Object.entries(document[name]);
      if (entries.length === 0) return undefined;
      return Object.fromEntries(entries.map(([key, score]) => [key, scoreToJson(score, empty)]));
    },
    fromJson: (value, { init }) => {
      if (!isJsonObject(value))
        throw new JflowError(
          "INVALID_ARGUMENT",
          `document field "${name}" must be an object of scores`,
        );
      init[name] = Object.fromEntries(
        Object.entries(value).map(([key, score]) => [key, scoreFromJson(score, `${name}.${key}`)]),
      );
    },
  };
}

function scoreToJson(score: NamedScore, empty: JsonOptions["empty"]): Record<string, unknown> {
  const texts = { op_name: score.opName, description: score.description, ref_id: score.refId };
  const json: Record<string, unknown> = { value: numberToJson(score.value) };
  for (const [key, text] of Object.entries(texts)) {
    if (text) json[key] = text;
    else if (empty === "null") json[key] = null;
  }
  return json;
}

/** An object with a value, or the number alone. */
function scoreFromJson(json: unknown, field: string): NamedScore {
  const parts: Readonly<Record<string, unknown>> = isJsonObject(json) ? json : { value: json };
  const value = numberFromJson(parts["value"] ?? 0);
  if (value === undefined)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `document field "${field}" must be a number, or an object with a number as value`,
    );
  const opName = parts["op_name"] ?? parts["opName"];
  const refId = parts["ref_id"] ?? parts["refId"];
  const { description } = parts;
  return {
    value,
    ...(typeof opName === "string" ? { opName } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof refId === "string" ? { refId } : {}),
  };
}

/** In the order of Jina's answers. */
const FIELDS: ReadonlyMap<string, JsonField> = new Map([
  ["id", textField("id")],
  ["parent_id", textField("parentId")],
  ["granularity", numberField("granularity")],
  ["adjacency", numberField("adjacency")],
  ["blob", blobField],
  ["tensor", arrayField],
  ["mime_type", textField("mimeType")],
  ["text", textField("text")],
  ["weight", numberField("weight")],
  ["uri", textField("uri")],
  ["tags", tagsField],
  ["offset", numberField("offset")],
  ["location", locationField],
  ["embedding", embeddingField],
  ["sparse_embedding", sparseEmbeddingField],
  ["modality", textField("modality")],
  ["evaluations", scoresField("evaluations")],
  ["scores", scoresField("scores")],
  ["chunks", nestedField("chunks")],
  ["matches", nestedField("matches")],
]);

const BY_KEY: ReadonlyMap<string, JsonField> = new Map([
  ...FIELDS,
  ["parentId", textField("parentId")],
  ["mimeType", textField("mimeType")],
  ["sparseEmbedding", sparseEmbeddingField],
]);
