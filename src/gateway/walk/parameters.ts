import { isJsonObject } from "../../util/json-object.ts";

type Parameters = Readonly<Record<string, unknown>>;

function isAddressed(key: string): boolean {
  return key.includes("__") && !key.startsWith("__") && !key.endsWith("__");
}

/**
 * Returns the parameters that the deployment `name` gets. `name__key` becomes `key`, the `x__key`
 * of other deployments are left out, and the map `parameters[name]` is laid over the rest and
 * stays. Returns the same object if nothing changes.
 *
 * The rule is Jina's:
 * https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/worker/request_handling.py
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
