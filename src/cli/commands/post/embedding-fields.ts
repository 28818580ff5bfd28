/** The JSON names of the fields that are left out unless they are asked for. */
export const EMBEDDING_FIELDS: ReadonlySet<string> = new Set(["embedding", "sparse_embedding"]);
