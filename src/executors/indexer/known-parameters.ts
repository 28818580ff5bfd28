import { RESERVED_PARAMETERS } from "./parameters.ts";
import { TRIM_PARAMETERS } from "./shown-fields.ts";
import { distance } from "fastest-levenshtein";
import { RequestRefusal, type RequestContext } from "../../index.ts";

export const PAGE_PARAMETERS: readonly string[] = ["limit", "offset", "filter", ...TRIM_PARAMETERS];
export const SEARCH_PARAMETERS: readonly string[] = [
  ...PAGE_PARAMETERS,
  ...RESERVED_PARAMETERS,
  "ef",
  "exact",
  "max_distance",
  "metric",
];

/** The parameters of every endpoint: the gateway reads `routing` and `with_embeddings`. */
const COMMON = ["routing", "with_embeddings", "traversal_paths", "access_paths"];
/** A path that means the documents themselves, and not their chunks or matches. */
const ROOT = /^(@?r|\[r\])?$/;
/** A misspelt name has at most this many wrong letters. */
const MAX_WRONG_LETTERS = 2;

/**
 * Throws `INVALID_ARGUMENT` for a parameter that the endpoint does not know. Names that start with
 * an underscore belong to jflow and Jina. An object may be the parameters of another executor, so
 * it is refused only where its name is close to a known name.
 */
export function assertKnownParameters(
  { endpoint, parameters }: Pick<RequestContext, "endpoint" | "parameters">,
  own: readonly string[],
): void {
  const known = [...own, ...COMMON];
  for (const [name, value] of Object.entries(parameters)) {
    if (known.includes(name) || name.startsWith("_")) continue;
    const meant = own.find((one) => isMisspelt(name, one));
    if (meant === undefined && typeof value === "object" && !Array.isArray(value)) continue;
    const list = own.length === 0 ? "no parameters" : own.join(", ");
    const hint = meant === undefined ? "" : `did you mean "${meant}"? `;
    throw new RequestRefusal(
      "INVALID_ARGUMENT",
      `unknown parameter "${name}": ${hint}HNSWIndexer takes ${list} at ${endpoint}. Write <executor>__${name} for another executor`,
    );
  }
  assertRoot(parameters);
}

function isMisspelt(name: string, known: string): boolean {
  const letters = distance(name.toLowerCase(), known.toLowerCase());
  return letters <= MAX_WRONG_LETTERS && letters < known.length;
}

/** Throws `UNIMPLEMENTED` for a path of Jina that selects chunks or matches. */
function assertRoot(parameters: RequestContext["parameters"]): void {
  for (const name of ["traversal_paths", "access_paths"]) {
    const paths: unknown = parameters[name] ?? "";
    const isRoot = (path: unknown): boolean => typeof path === "string" && ROOT.test(path);
    if (Array.isArray(paths) ? paths.every(isRoot) : isRoot(paths)) continue;
    throw new RequestRefusal(
      "UNIMPLEMENTED",
      `HNSWIndexer reads the documents of a request and not their chunks or matches: leave out parameter ${name}`,
    );
  }
}
