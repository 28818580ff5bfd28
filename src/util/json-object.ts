/** A JSON object, or a YAML mapping: names and values. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns whether a value of JSON or YAML is an object: neither `null` nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns whether objects and lists are nested in a value more than `levels` deep. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(each, levels - 1));
}
