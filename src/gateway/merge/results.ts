import { isJsonObject } from "../../util/json-object.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** Returns `parameters.__results__` of an answer: the plain objects that executors returned. */
export function readResults(parameters: Parameters): Parameters {
  const results = parameters["__results__"];
  return isJsonObject(results) ? results : {};
}

/** Returns the union of several `__results__`. If a key occurs twice, the later value wins. */
export function mergeResults(results: readonly Parameters[]): Parameters {
  return Object.fromEntries(results.flatMap((result) => Object.entries(result)));
}
