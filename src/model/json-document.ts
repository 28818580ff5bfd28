import type { Document } from "./document.ts";

/** How `documentToJson` treats fields without a value: Jina's HTTP front shows each (null), files leave them out. */
export interface JsonOptions {
  readonly empty: "omit" | "null";
}

/** Where keys that are no field of a document go: into `tags` (files), or nowhere (Jina's HTTP front). */
export interface FromJsonOptions {
  readonly unknownKeys: "tags" | "ignore";
}

/** A document as Jina's HTTP JSON: snake_case, blob base64, tensor and embedding as nested lists, tags nested. */
export declare function documentToJson(document: Document, options: JsonOptions): Record<string, unknown>;
/** A document from JSON with snake_case or camelCase keys. Throws `INVALID_ARGUMENT` naming the key that has a wrong type. */
export declare function documentFromJson(json: unknown, options: FromJsonOptions): Document;
