import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";
import { unpackFrame } from "./frames.ts";
import { isList, isRecords } from "./lists.ts";
import { unpackRecord, withOwn } from "./records.ts";

/** Returns the records of a value that is a whole export, or undefined for any other value. */
type Unpack = (json: JsonObject) => readonly unknown[] | undefined;

/** The shapes of the bodies of other programs, and the places of their records. */
const EXPORTS: readonly Unpack[] = [
  // Qdrant, an answer about points: https://api.qdrant.tech/api-reference/points/scroll-points
  ({ result }) => {
    const points = isJsonObject(result) ? (result["points"] ?? [result]) : result;
    if (isEmpty(points)) return points;
    return isRecords(points) && points.every(isPoint) ? points : undefined;
  },
  ({ points }) => (isRecords(points) && points.every(isPoint) ? points : undefined),
  unpackChroma,
  // Weaviate: https://docs.weaviate.io/weaviate/api/rest and its GraphQL answers.
  ({ objects }) => (isRecords(objects) && "properties" in objects[0]! ? objects : undefined),
  ({ data }) => {
    const classes = isJsonObject(data) ? data["Get"] : undefined;
    const lists = isJsonObject(classes) ? Object.values(classes) : [];
    return lists.length > 0 && lists.every(isList) ? lists.flat() : undefined;
  },
  // Elasticsearch, an answer of a search.
  ({ hits }) => {
    const list = isJsonObject(hits) ? hits["hits"] : undefined;
    if (isEmpty(list)) return list;
    return isRecords(list) && "_id" in list[0]! ? list : undefined;
  },
  // Pinecone, an answer of fetch or the body of an upsert.
  ({ vectors }) => {
    const list = isJsonObject(vectors) ? Object.values(vectors) : vectors;
    return isRecords(list) && "values" in list[0]! ? list : undefined;
  },
  unpackFrame,
  // The body of a request to jflow or Jina, or an answer that holds its documents in one list.
  ...["data", "docs", "documents"].map((key): Unpack => (json) => {
    const list = json[key];
    if (isEmpty(list) && Object.keys(json).length === 1) return list;
    return "id" in json || "text" in json || !isRecords(list) ? undefined : list;
  }),
];

/** Returns whether a value is a list without entries, as the last page of an export. */
function isEmpty(value: unknown): value is readonly unknown[] {
  return isList(value) && value.length === 0;
}

/** Returns the documents of an export of another program; any other value is one document. */
export function unpackExport(json: unknown): readonly unknown[] {
  const list = isJsonObject(json) ? EXPORTS.map((unpack) => unpack(json)).find(isList) : undefined;
  return (list ?? [json]).map(unpackRecord);
}

function isPoint(json: JsonObject): boolean {
  return "id" in json && ("payload" in json || "vector" in json);
}

/**
 * Reads Chroma's columns, an answer of `get` or `query`
 * (https://docs.trychroma.com/docs/querying-collections/query-and-get). An answer of `query` has a
 * list for each query.
 */
function unpackChroma(json: JsonObject): readonly unknown[] | undefined {
  const columns = ["documents", "embeddings", "metadatas", "uris"].map((key) => json[key]);
  const [ids, ...rest] = [json["ids"], ...columns];
  if (!isList(ids) || !rest.some(isList)) return undefined;
  if (ids.length > 0 && ids.every(isList)) {
    const flat = rest.map((column) => (isList(column) ? column.flat() : undefined));
    return rowsOfChroma(ids.flat(), flat);
  }
  return ids.every((id) => typeof id === "string") ? rowsOfChroma(ids, rest) : undefined;
}

function rowsOfChroma(ids: readonly unknown[], columns: readonly unknown[]): readonly unknown[] {
  return ids.map((id, i) => {
    const [text, embedding, tags, uri] = columns.map((column) =>
      isList(column) ? column[i] : undefined,
    );
    return withOwn(tags, { id, text, embedding, uri });
  });
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
