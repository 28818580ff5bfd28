import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";
import { misfitOf } from "../items/field-map.ts";
import { isList } from "./lists.ts";

/** Returns the document of a record of another program, or undefined for any other value. */
type Unpack = (json: JsonObject) => JsonObject | undefined;

const RECORDS: readonly Unpack[] = [
  // Elasticsearch: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search
  ({ _id: id, _index: index, _source: source, fields }) => {
    if (id === undefined) return undefined;
    if (isJsonObject(source)) return withOwn(source, { id });
    return isJsonObject(fields) && index !== undefined
      ? withOwn(singleValues(fields), { id })
      : undefined;
  },
  // MongoDB: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
  (json) => {
    const id = isJsonObject(json["_id"]) ? json["_id"]["$oid"] : undefined;
    return typeof id === "string" ? { ...json, _id: id } : undefined;
  },
  // Qdrant: https://api.qdrant.tech/api-reference/points/get-point
  (json) => {
    const { id, payload, vector } = json;
    if (!hasOnly(json, QDRANT) || !("payload" in json)) return undefined;
    if (!isJsonObject(payload) && vector === undefined) return undefined;
    return withOwn(payload, { id, embedding: onlyVector(vector) });
  },
  // Weaviate: https://docs.weaviate.io/weaviate/api/rest
  (json) => {
    const { id, uuid, properties, vector, vectors } = json;
    if (!hasOnly(json, WEAVIATE) || !isJsonObject(properties)) return undefined;
    const embedding = onlyVector(vector) ?? onlyVector(vectors);
    return withOwn(properties, { id: id ?? uuid, embedding });
  },
  ({ _additional: additional, ...properties }) =>
    isJsonObject(additional) ? unpackAdditional(properties, additional) : undefined,
  // Pinecone: https://docs.pinecone.io/reference/api/latest/data-plane/fetch
  (json) => {
    const { id, values, metadata } = json;
    const isVector = hasOnly(json, PINECONE) && isList(values);
    return isVector ? withOwn(metadata, { id, embedding: values }) : undefined;
  },
];

const QDRANT = new Set(["id", "payload", "vector", "score", "version", "shard_key", "order_value"]);
const WEAVIATE = new Set([
  "id",
  "uuid",
  "class",
  "collection",
  "properties",
  "vector",
  "vectors",
  "vectorWeights",
  "creationTimeUnix",
  "lastUpdateTimeUnix",
  "tenant",
  "metadata",
  "references",
  "additional",
]);
const PINECONE = new Set(["id", "values", "metadata", "sparseValues", "sparse_values", "score"]);

/** Returns whether a record has an id, and no keys but these. */
function hasOnly(json: JsonObject, keys: ReadonlySet<string>): boolean {
  return ("id" in json || "uuid" in json) && Object.keys(json).every((key) => keys.has(key));
}

/** Returns the document of one record of another program; any other value as it is. */
export function unpackRecord(json: unknown): unknown {
  if (!isJsonObject(json)) return json;
  for (const unpack of RECORDS) {
    const document = unpack(json);
    if (document !== undefined) return document;
  }
  return json;
}

/** Returns an object of an answer of Weaviate's GraphQL. */
function unpackAdditional(properties: JsonObject, additional: JsonObject): JsonObject {
  const embedding = onlyVector(additional["vector"]) ?? onlyVector(additional["vectors"]);
  return withOwn(properties, { id: additional["id"], embedding });
}

/** Returns the vector of a record that has one, with or without a name. */
function onlyVector(vector: unknown): unknown {
  const vectors = isJsonObject(vector) ? Object.values(vector) : [];
  if (isList(vector)) return vector.length > 0 ? vector : undefined;
  if (isJsonObject(vector) && vectors.length === 0) return undefined;
  return vectors.length === 1 ? vectors[0] : vector;
}

/** Returns the values of `fields`, which are lists: a list of one value is that value. */
function singleValues(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, list]) => [
      name,
      isList(list) && list.length === 1 ? list[0] : list,
    ]),
  );
}

/**
 * Returns a document of the properties of a record and of its own id, text and vector. A property
 * with the name of one of these and another value becomes a tag, as does one that does not fit the
 * field with its name.
 */
export function withOwn(properties: unknown, own: JsonObject): JsonObject {
  const tags = isJsonObject(properties) ? properties : {};
  const fields = Object.fromEntries(
    Object.entries(own).filter(([, value]) => value !== undefined && value !== null),
  );
  const hidden = Object.entries(tags).filter(([name, value]) =>
    Object.hasOwn(fields, name) ? value !== fields[name] : misfitOf(name, value) !== undefined,
  );
  if (hidden.length === 0) return { ...tags, ...fields };
  const { tags: inner } = tags;
  const names = new Set(hidden.map(([name]) => name));
  const rest = Object.fromEntries(Object.entries(tags).filter(([name]) => !names.has(name)));
  const given = isJsonObject(inner) ? inner : {};
  return { ...rest, ...fields, tags: { ...Object.fromEntries(hidden), ...given } };
}
