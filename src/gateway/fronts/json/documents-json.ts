import { setImmediate as nextTurn } from "node:timers/promises";
import type { EndpointSchema } from "../../../document/v2/endpoint-schema.ts";
import { encodeV2Document } from "../../../document/v2/json-to-v2.ts";
import { writeV2Document } from "../../../document/v2/v2-to-json.ts";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { documentFromJson, documentToJson } from "../../../document/json/json-document.ts";
import { documentFormat } from "../../../document/scan/document-values.ts";
import { markWholeTags, writeJson } from "./whole-tags.ts";

/** The problem with the `data` of a request. */
export interface DataProblem {
  /** The position of the document in the list; undefined if `data` is not a list. */
  readonly position?: number;
  readonly message: string;
}

/** Reads `data` as Jina's front for docarray v1 does: a list of documents, bare or under `docs`. */
export function readDocuments(data: unknown): readonly Uint8Array[] | DataProblem {
  const list = typeof data === "object" && data !== null && "docs" in data ? data.docs : data;
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return { message: 'must be a list of documents, or {"docs": [...]}' };
  return encodeAll(list, (json) => documentFromJson(json, { unknownKeys: "ignore" }).encode());
}

/**
 * Reads `data` as Jina's front for docarray v2 does: a list of documents, or one. The numbers are
 * those of `parseJsonWithFloats`.
 */
export function readV2Documents(
  data: unknown,
  { input }: EndpointSchema,
): readonly Uint8Array[] | DataProblem {
  if (data === undefined || data === null) return [];
  return encodeAll(Array.isArray(data) ? data : [data], (json) => encodeV2Document(json, input));
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

/** The longest time between two turns of the event loop while documents are written. */
const SLICE_MS = 20;

/** How the documents of an answer are written as JSON. */
export interface WriteOptions {
  readonly maxBytes: number;
  /** Whether documents of docarray v1 are written without their embeddings. */
  readonly hidesEmbeddings?: boolean;
}

const EMBEDDINGS: ReadonlySet<string> = new Set(["embedding", "sparse_embedding"]);

/**
 * Writes the documents of an answer as JSON, each in the format of its executor. Other requests go
 * on meanwhile. Throws `TOO_LARGE` as soon as the JSON is longer than `maxBytes`.
 */
export async function writeDocuments(
  documents: readonly Uint8Array[],
  options: WriteOptions,
): Promise<string> {
  const { maxBytes } = options;
  const texts: string[] = [];
  let length = 0;
  let startMs = performance.now();
  for (const bytes of documents) {
    const text = writeOne(bytes, options);
    length += text.length + 1;
    if (length > maxBytes) throw jsonTooLarge(maxBytes);
    texts.push(text);
    if (performance.now() - startMs < SLICE_MS) continue;
    await nextTurn();
    startMs = performance.now();
  }
  return `[${texts.join(",")}]`;
}

function writeOne(bytes: Uint8Array, { maxBytes, hidesEmbeddings }: WriteOptions): string {
  try {
    return writeDocument(bytes, hidesEmbeddings ? EMBEDDINGS : undefined);
  } catch (error) {
    // V8 cannot make a text of more than 512 MB.
    if (error instanceof RangeError) throw jsonTooLarge(maxBytes);
    throw error;
  }
}

function jsonTooLarge(maxBytes: number): JflowError {
  return new JflowError(
    "TOO_LARGE",
    `the answer as JSON is longer than max_message_size (${maxBytes}): request fewer documents, use gRPC, or set max_message_size in the flow file`,
  );
}

/** Writes one document as JSON. The fields `without` of docarray v1 are null. */
export function writeDocument(bytes: Uint8Array, without?: ReadonlySet<string>): string {
  if (documentFormat(bytes) === "v2") return writeV2Document(bytes);
  const options = { empty: "null", ...(without ? { without } : {}) } as const;
  return writeJson(markWholeTags(documentToJson(Document.decode(bytes), options)));
}
