import { isJsonObject } from "../../util/json-object.ts";

type Parameters = Readonly<Record<string, unknown>>;

function isAddressed(key: string): boolean {
  return key.includes("__") && !key.startsWith("__") && !key.endsWith("__");
}

/**
 * The parameters that the deployment `name` gets (`reference/jina.md` 4.7): `name__key` becomes
 * `key`, other `x__key` are left out, and the map `parameters[name]` is laid over the rest and
 * stays. The same object where nothing changes, so that its bytes can pass unread.
 */
export function resolveParameters(parameters: Parameters, name: string): Parameters {
  const keys = Object.keys(parameters);
  const own = parameters[name];
  if (!isJsonObject(own) && !keys.some(isAddressed)) return parameters;
  const resolved = Object.fromEntries(
    keys.filter((key) => !isAddressed(key)).map((key) => [key, parameters[key]]),
  );
  const prefix = `${name}__`;
  for (const key of keys) {
    if (isAddressed(key) && key.startsWith(prefix))
      resolved[key.slice(prefix.length)] = parameters[key];
  }
  return isJsonObject(own) ? Object.assign(resolved, own) : resolved;
}

/** `parameters.__results__` of an answer: what executors returned as plain objects. */
export function readResults(parameters: Parameters): Parameters {
  const results = parameters["__results__"];
  return isJsonObject(results) ? results : {};
}

/** The union of several `__results__`; the later wins. */
export function mergeResults(results: readonly Parameters[]): Parameters {
  return Object.fromEntries(results.flatMap((of) => Object.entries(of)));
}
