import { isJsonObject } from "../../../util/json-object.ts";

/** Returns the names of tags with numbers that a double cannot tell from their neighbours. */
export function findRounded(value: unknown, path: string = ""): readonly string[] {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item) => findRounded(item, path)).slice(0, 1);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    findRounded(item, path === "" ? name : `${path}.${name}`),
  );
}
