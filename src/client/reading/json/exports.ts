import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";

/** Returns the documents of a value that is a whole export, or undefined for any other value. */
type Unpack = (json: JsonObject) => readonly unknown[] | undefined;

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isRecords = (value: unknown): value is readonly JsonObject[] =>
  isList(value) && value.length > 0 && value.every(isJsonObject);

/** The shapes of the bodies of other programs, and the places of their documents. */
const EXPORTS: readonly Unpack[] = [
  // Qdrant, an answer of /points/scroll: https://api.qdrant.tech/api-reference/points/scroll-points
  ({ result }) => {
    const points = isJsonObject(result) ? result["points"] : result;
    return isRecords(points) && points.every(isPoint) ? points : undefined;
  },
  ({ points }) => (isRecords(points) && points.every(isPoint) ? points : undefined),
  // Chroma, an answer of `get`: https://docs.trychroma.com/docs/querying-collections/query-and-get
  (json) => {
    const { ids, embeddings, documents, metadatas } = json;
    const isColumns = [embeddings, documents, metadatas].some(isList);
    if (!isList(ids) || !isColumns || !ids.every((id) => typeof id === "string")) return undefined;
    const cell = (column: unknown, i: number): unknown => (isList(column) ? column[i] : undefined);
    return ids.map((id, i) => ({
      ...asTags(cell(metadatas, i)),
      id,
      ...definedOnly({ text: cell(documents, i), embedding: cell(embeddings, i) }),
    }));
  },
  // Elasticsearch, an answer of a search.
  ({ hits }) => {
    const list = isJsonObject(hits) ? hits["hits"] : undefined;
    return isRecords(list) && list.every(isHit) ? list : undefined;
  },
  // The body of a request to jflow or Jina.
  ({ data, ...rest }) => ("id" in rest || !isRecords(data) ? undefined : data),
  ({ docs, ...rest }) => ("id" in rest || !isRecords(docs) ? undefined : docs),
];

/** Returns the documents of an export of another program; any other value is one document. */
export function unpackExport(json: unknown): readonly unknown[] {
  const list = isJsonObject(json) ? EXPORTS.map((unpack) => unpack(json)).find(isList) : undefined;
  return (list ?? [json]).map(unpackRecord);
}

function isPoint(json: JsonObject): boolean {
  return "id" in json && ("payload" in json || "vector" in json);
}

function isHit(json: JsonObject): boolean {
  return "_id" in json && isJsonObject(json["_source"]);
}

/** Returns a hit of Elasticsearch or a point of Qdrant as a document. */
function unpackRecord(json: unknown): unknown {
  if (!isJsonObject(json)) return json;
  if (isHit(json)) return { ...(json["_source"] as JsonObject), id: json["_id"] };
  if (!("id" in json && "payload" in json && (isJsonObject(json["payload"]) || "vector" in json)))
    return json;
  const { id, payload, vector } = json;
  const vectors = isJsonObject(vector) ? Object.values(vector) : [];
  const embedding = isJsonObject(vector) && vectors.length === 1 ? vectors[0] : vector;
  return { ...asTags(payload), id, ...definedOnly({ embedding }) };
}

function asTags(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function definedOnly(json: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(json).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** A row of the file that `--errors` writes: a document, or the text of a line. */
export type FailedRow = { readonly document: unknown } | { readonly text: string };

/** Returns undefined for a value that is not a row of the file of `--errors`. */
export function readFailedRow(json: unknown): FailedRow | undefined {
  if (!isJsonObject(json) || typeof json["error"] !== "string") return undefined;
  const names = new Set(Object.keys(json));
  for (const name of ["source", "line", "error"]) names.delete(name);
  if (names.size !== 1) return undefined;
  if (isJsonObject(json["document"])) return { document: json["document"] };
  const isLine = typeof json["source"] === "string" && typeof json["line"] === "number";
  return isLine && typeof json["text"] === "string" ? { text: json["text"] } : undefined;
}
