import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Returns whether a value is a list of objects, and not empty. */
export function isRecords(value: unknown): value is readonly JsonObject[] {
  return isList(value) && value.length > 0 && value.every(isJsonObject);
}
