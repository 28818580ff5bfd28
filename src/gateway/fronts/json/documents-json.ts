import type { EndpointSchema } from "../../../document/docarray-v2/endpoint-schema.ts";
import { encodeDocumentTwo } from "../../../document/docarray-v2/encode-document.ts";
import { writeDocumentTwo } from "../../../document/docarray-v2/write-document.ts";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { documentFromJson, documentToJson } from "../../../document/json/json-document.ts";
import { documentVersion } from "../../../wire/jina/document-scan.ts";
import { markWholeTags, writeJson } from "./whole-tags.ts";

/** What is wrong with the `data` of a request. */
export interface DataProblem {
  /** Of the document in the list; undefined where `data` is no list. */
  readonly position?: number;
  readonly message: string;
}

/** Reads `data` as Jina's front for docarray 1 does: a list of documents, bare or under `docs`. */
export function readDocuments(data: unknown): readonly Uint8Array[] | DataProblem {
  const list = typeof data === "object" && data !== null && "docs" in data ? data.docs : data;
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list))
    return { message: 'a list of documents is expected, or {"docs": [...]}' };
  return encodeAll(list, (json) => documentFromJson(json, { unknownKeys: "ignore" }).encode());
}

/**
 * Reads `data` as Jina's front for docarray 2 does: a list of documents, or one. The numbers are
 * those of `parseJsonWithFloats`.
 */
export function readDocumentsTwo(
  data: unknown,
  { input }: EndpointSchema,
): readonly Uint8Array[] | DataProblem {
  if (data === undefined || data === null) return [];
  return encodeAll(Array.isArray(data) ? data : [data], (json) => encodeDocumentTwo(json, input));
}

function encodeAll(
  list: readonly unknown[],
  encode: (json: unknown) => Uint8Array,
): readonly Uint8Array[] | DataProblem {
  const documents: Uint8Array[] = [];
  for (const [position, json] of list.entries()) {
    try {
      documents.push(encode(json));
    } catch (error) {
      if (error instanceof JflowError) return { position, message: error.message };
      throw error;
    }
  }
  return documents;
}

/** The documents of an answer as JSON text, each in the form that its executors gave it. */
export function writeDocuments(documents: readonly Uint8Array[]): string {
  return `[${documents.map(writeDocument).join(",")}]`;
}

/** One of them. */
export function writeDocument(bytes: Uint8Array): string {
  if (documentVersion(bytes) === 2) return writeDocumentTwo(bytes);
  return writeJson(markWholeTags(documentToJson(Document.decode(bytes), { empty: "null" })));
}
