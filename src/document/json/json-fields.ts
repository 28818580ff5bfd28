import type { Document } from "../document.ts";
import { JflowError } from "../../util/errors.ts";
import { isJsonObject } from "../../util/json-object.ts";
import type { FromJsonOptions, JsonOptions } from "./json-document.ts";
import {
  arrayFromJson,
  arrayToJson,
  nestNumbers,
  numberFromJson,
  numbersToJson,
  numberToJson,
  valueToJson,
} from "./json-numbers.ts";
import { denseFromProto, sparseFromProto } from "./proto-arrays.ts";
import { plainFromJson, textFromJson } from "./parse-documents.ts";
import { toFloat32 } from "../values/nd-array.ts";
import type { SparseVector } from "../values/sparse-vector.ts";
import type { DocumentInit } from "../document-init.ts";

/** Receives the fields that are read from JSON. */
export interface JsonTarget {
  readonly init: DocumentInit;
  readonly options: FromJsonOptions;
  /** The nesting level of the document. */
  readonly level: number;
  /** The key as the user wrote it. */
  readonly key: string;
}

/** Writes one field of a document to JSON and reads it from JSON. */
export interface JsonField {
  /** Returns undefined if the field is empty. */
  toJson(document: Document, options: JsonOptions): unknown;
  /** Throws `INVALID_ARGUMENT` for a wrong type. */
  fromJson(value: unknown, target: JsonTarget): void;
  /** Jina does not have this field, so an empty one is never written. */
  readonly isOurs?: true;
}

type TextKey = "id" | "parentId" | "text" | "uri" | "modality" | "mimeType";
type NumberKey = "granularity" | "adjacency" | "weight" | "offset";

/** Returns a text field. It accepts a number and keeps its digits, as Jina does. */
export function textField(key: TextKey): JsonField {
  return {
    toJson: (document) => document[key] || undefined,
    fromJson: (value, { init, key: written }) => {
      const text = textFromJson(value);
      if (text === undefined) throw wrongType(written, "text", value);
      init[key] = text;
    },
  };
}

/** Returns a number field. `granularity` and `adjacency` accept whole numbers from 0. */
export function numberField(key: NumberKey): JsonField {
  const isWhole = key === "granularity" || key === "adjacency";
  return {
    toJson: (document) => (Object.is(document[key], 0) ? undefined : numberToJson(document[key])),
    fromJson: (value, { init }) => {
      const number = numberFromJson(value);
      if (number === undefined) throw wrongType(key, "a number", value);
      if (isWhole && !(Number.isInteger(number) && number >= 0 && number < 2 ** 32))
        throw wrongType(key, "a whole number from 0", value);
      init[key] = number;
    },
  };
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

export const blobField: JsonField = {
  toJson: ({ blob }) => (blob.length === 0 ? undefined : Buffer.from(blob).toString("base64")),
  fromJson: (value, { init }) => {
    if (typeof value !== "string" || !BASE64.test(value))
      throw wrongType("blob", "base64 text", value);
    init.blob = Uint8Array.from(Buffer.from(value, "base64"));
  },
};

export const arrayField: JsonField = {
  toJson: ({ tensor }) => tensor && arrayToJson(tensor),
  fromJson: (value, { init }) => {
    init.tensor = denseFromProto(value, "tensor") ?? arrayFromJson(value, "tensor");
  },
};

export const tagsField: JsonField = {
  toJson: ({ tags }) => (Object.keys(tags).length === 0 ? undefined : valueToJson(tags)),
  fromJson: (value, { init }) => {
    if (!isJsonObject(value)) throw wrongType("tags", "an object", value);
    init.tags = { ...init.tags, ...(plainFromJson(value) as object) };
  },
};

export const locationField: JsonField = {
  toJson: ({ location }) => (location.length === 0 ? undefined : numbersToJson(location)),
  fromJson: (value, { init }) => {
    init.location = [...toFloat32(arrayFromJson(value, "location"))];
  },
};

export const embeddingField: JsonField = {
  toJson: ({ embedding, embeddingShape }) =>
    embedding && embeddingShape && nestNumbers(numbersToJson(embedding), embeddingShape),
  fromJson: (value, { init }) => {
    const dense = denseFromProto(value, "embedding");
    if (dense !== undefined) init.embedding = dense;
    else if (isJsonObject(value))
      init.sparseEmbedding =
        sparseFromProto(value, "embedding") ?? sparseFromJson(value, "embedding");
    else init.embedding = arrayFromJson(value, "embedding");
  },
};

export const sparseEmbeddingField: JsonField = {
  isOurs: true,
  toJson: ({ sparseEmbedding }) => sparseEmbedding && sparseToJson(sparseEmbedding),
  fromJson: (value, { init, key }) => {
    if (!isJsonObject(value)) throw wrongType(key, "an object", value);
    init.sparseEmbedding = sparseFromJson(value, key);
  },
};

function sparseToJson(vector: SparseVector): Record<string, unknown> {
  return {
    dimensions: vector.dimensions,
    indices: [...vector.indices],
    values: numbersToJson(vector.values),
  };
}

function sparseFromJson(json: Readonly<Record<string, unknown>>, key: string): SparseVector {
  const { dimensions } = json;
  const pairs = readPairs(json, key);
  if (
    typeof dimensions !== "number" ||
    !Number.isInteger(dimensions) ||
    dimensions < 0 ||
    dimensions >= 2 ** 32
  ) {
    throw wrongType(`${key}.dimensions`, "a whole number from 0", dimensions);
  }
  const ordered = pairs.toSorted((left, right) => left[0] - right[0]);
  const isValid = ordered.every(
    ([index], i) =>
      Number.isInteger(index) && index >= 0 && index < dimensions && index !== ordered[i - 1]?.[0],
  );
  if (!isValid)
    throw wrongType(
      `${key}.indices`,
      "distinct whole numbers less than the dimensions",
      json["indices"],
    );
  return {
    dimensions,
    indices: Uint32Array.from(ordered, ([index]) => index),
    values: Float32Array.from(ordered, ([, value]) => value),
  };
}

function readPairs(json: Readonly<Record<string, unknown>>, key: string): [number, number][] {
  const { indices, values } = json;
  if (!Array.isArray(indices) || !Array.isArray(values) || indices.length !== values.length) {
    throw wrongType(
      key,
      "a list of numbers, or an object with dimensions and as many indices as values",
      json,
    );
  }
  return indices.map((index: unknown, i) => [
    numberFromJson(index) ?? NaN,
    numberFromJson(values[i]) ?? NaN,
  ]);
}

function wrongType(field: string, wanted: string, value: unknown): JflowError {
  const shown = JSON.stringify(value) ?? String(value);
  const short = shown.length > 60 ? `${shown.slice(0, 60)}...` : shown;
  return new JflowError(
    "INVALID_ARGUMENT",
    `document field "${field}" must be ${wanted}, not ${short}`,
  );
}
