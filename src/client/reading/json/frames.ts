import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";
import { isList } from "./lists.ts";

/**
 * Returns the rows of a table of pandas, `DataFrame.to_json()` without `orient="records"`
 * (https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html): columns by name, or
 * `columns` and `data`. Returns undefined for any other value.
 */
export function unpackFrame(json: JsonObject): readonly JsonObject[] | undefined {
  const { columns, data } = json;
  if (isList(columns) && isList(data) && data.every(isList))
    return data.map((row) =>
      Object.fromEntries(columns.map((name, i): [string, unknown] => [String(name), row[i]])),
    );
  const [first] = Object.values(json);
  const rows = isJsonObject(first) ? Object.keys(first) : [];
  const isFrame =
    rows.length > 0 &&
    rows.every((name, i) => name === String(i)) &&
    Object.values(json).every((column) => isJsonObject(column) && hasKeys(column, rows));
  if (!isFrame) return undefined;
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(json).map(([name, column]) => [name, (column as JsonObject)[row]]),
    ),
  );
}

function hasKeys(json: JsonObject, keys: readonly string[]): boolean {
  const own = Object.keys(json);
  return own.length === keys.length && own.every((key, i) => key === keys[i]);
}
