import { Document } from "../document.ts";
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
import { plainFromJson } from "./parse-documents.ts";
import { setKey } from "../values/struct.ts";
import type { DocumentInit } from "../document-init.ts";
import type { NamedScore } from "../v1/field-codecs.ts";
import { MAX_DOCUMENT_LEVELS } from "../../util/limits/documents.ts";

export interface JsonOptions {
  /**
   * How empty fields are written: as null, as in Jina's HTTP answers, or not at all, as in files.
   */
  readonly empty: "omit" | "null";
  /** Writes only the fields with these JSON names. */
  readonly only?: ReadonlySet<string>;
  /** Writes the fields with these JSON names as empty, also in chunks and matches. */
  readonly without?: ReadonlySet<string>;
}

export interface FromJsonOptions {
  /** Other keys become tags, as in files, or are ignored, as over HTTP. */
  readonly unknownKeys: "tags" | "ignore";
}

/**
 * Returns a document as the JSON of Jina's HTTP API: snake_case keys, the blob in base64, tensor
 * and embedding as nested lists, and numbers that JSON cannot hold as text. A sparse embedding,
 * which Jina's JSON does not have, is an object of `dimensions`, `indices` and `values` under the
 * key `sparse_embedding`. Jina's HTTP client ignores that key; an `embedding` that is not a list
 * would make it fail.
 */
export function documentToJson(document: Document, options: JsonOptions): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [key, field] of FIELDS) {
    if (options.only !== undefined && !options.only.has(key)) continue;
    const value = options.without?.has(key) ? undefined : field.toJson(document, options);
    if (value !== undefined) json[key] = value;
    else if (options.empty === "null" && !field.isOurs) json[key] = null;
  }
  return json;
}

/** Returns whether a document has a field with this JSON name. */
export function isDocumentField(name: string): boolean {
  return FIELDS.has(name);
}

/**
 * Reads a document from JSON with snake_case or camelCase keys. Null counts as absent. `embedding`
 * may be an object, too: a sparse embedding. With `parseDocuments`, a text field keeps the digits
 * of a number. Throws `INVALID_ARGUMENT` that names the key of a
 * wrong type.
 */
export function documentFromJson(json: unknown, options: FromJsonOptions): Document {
  return new Document(readInit(json, options, 0));
}

function readInit(json: unknown, options: FromJsonOptions, level: number): DocumentInit {
  if (!isJsonObject(json))
    throw new JflowError("INVALID_ARGUMENT", "a document must be a JSON object");
  if (level > MAX_DOCUMENT_LEVELS)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `documents are nested more than ${MAX_DOCUMENT_LEVELS} levels deep`,
    );
  const init: DocumentInit = {};
  const unknown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const field = BY_KEY.get(key);
    if (field === undefined) setKey(unknown, key, plainFromJson(value));
    else if (value !== null) field.fromJson(value, { init, options, level, key });
  }
  if (options.unknownKeys === "tags" && Object.keys(unknown).length > 0)
    init.tags = { ...unknown, ...init.tags };
  return init;
}

function nestedField(name: "chunks" | "matches"): JsonField {
  return {
    toJson: (document, { empty, without }) => {
      const nested = document[name];
      const options = { empty, ...(without === undefined ? {} : { without }) };
      return nested.length === 0 ? undefined : nested.map((each) => documentToJson(each, options));
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
        Object.entries(value).map(([key, score]) => [
          key,
          scoreFromJson(plainFromJson(score), `${name}.${key}`),
        ]),
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

/** Accepts an object with a `value`, or a number. */
function scoreFromJson(json: unknown, field: string): NamedScore {
  const parts: Readonly<Record<string, unknown>> = isJsonObject(json) ? json : { value: json };
  const value = numberFromJson(parts["value"] ?? 0);
  if (value === undefined)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `document field "${field}" must be a number, or an object with a number in "value"`,
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

/** The fields in the order of Jina's answers. */
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
