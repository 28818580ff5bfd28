import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";

/** An action of Elasticsearch's bulk format, which the line of its document follows. */
export interface BulkAction {
  readonly kind: "index" | "create" | "update" | "delete";
  readonly id: unknown;
}

const KINDS: ReadonlySet<string> = new Set(["index", "create", "update", "delete"]);
const SETTINGS: ReadonlySet<string> = new Set([
  "_id",
  "_index",
  "_type",
  "_routing",
  "routing",
  "require_alias",
  "retry_on_conflict",
  "version",
  "version_type",
  "pipeline",
]);

/**
 * Reads an action line
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). Returns undefined
 * for a document.
 */
export function readBulkAction(json: unknown): BulkAction | undefined {
  if (!isJsonObject(json)) return undefined;
  const [[kind, settings] = ["", undefined], ...more] = Object.entries(json);
  if (more.length > 0 || !KINDS.has(kind) || !isJsonObject(settings)) return undefined;
  if (!Object.keys(settings).every((name) => SETTINGS.has(name))) return undefined;
  return { kind: kind as BulkAction["kind"], id: settings["_id"] };
}

/** Returns the document of an action. An update holds the changed fields under `doc`. */
export function documentOf(action: BulkAction, source: unknown): unknown {
  if (!isJsonObject(source)) return source;
  const fields: JsonObject =
    action.kind === "update" && isJsonObject(source["doc"]) ? source["doc"] : source;
  return action.id === undefined ? fields : { ...fields, id: action.id };
}
