import { JflowError } from "../../../../util/errors.ts";

/** The facts about a request before its input is read. */
export interface PlannedPost {
  readonly endpoint: string;
  /** Whether `--text` or `--input` is given. */
  readonly hasInput: boolean;
  readonly limit: number | undefined;
  /** Whether `--replace` is given. */
  readonly isReplacing: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Endpoints of the built-in executors that do their work on the documents of a request. */
const NEED_DOCUMENTS = ["/index", "/update", "/search", "/encode", "/fill_embedding"];
/** Endpoints that take documents, or the parameter `ids`. */
const NEED_IDS = ["/delete", "/get"];
/** Endpoints whose parameter `limit` bounds the results. */
const LIMIT_RESULTS = ["/search", "/filter"];

/**
 * Returns warnings about a request without an effect. Throws `INVALID_ARGUMENT` if the request
 * lacks what its endpoint works on, if `--limit` is meant for results, or if `--replace` has no
 * effect.
 */
export function checkEffect({
  endpoint,
  hasInput,
  limit,
  isReplacing,
  parameters,
}: PlannedPost): readonly string[] {
  if (isReplacing && endpoint !== "/update")
    throw new JflowError(
      "INVALID_ARGUMENT",
      `--replace changes what /update does, not ${endpoint}: /index always replaces whole documents`,
    );
  if (limit !== undefined && LIMIT_RESULTS.includes(endpoint))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `--limit bounds the documents that are read, not the results: use --param limit=${limit}, or jflow search "text" -n ${limit}`,
    );
  if (hasInput) return [];
  if (NEED_DOCUMENTS.includes(endpoint))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `no input for ${endpoint}: use --text "..." or --input data.jsonl`,
    );
  return NEED_IDS.includes(endpoint) ? checkSelection(endpoint, parameters) : [];
}

/** Checks that the parameters select documents, for a request that brings none. */
function checkSelection(
  endpoint: string,
  { ids, filter }: Readonly<Record<string, unknown>>,
): readonly string[] {
  const isFiltered = endpoint === "/delete" && filter !== undefined && filter !== null;
  if (isFiltered) return [];
  if (ids === undefined || ids === null) {
    const byFilter = endpoint === "/delete" ? ", --param 'filter={...}'" : "";
    throw new JflowError(
      "INVALID_ARGUMENT",
      `no input for ${endpoint}: use --param 'ids=["a"]'${byFilter} or --input data.jsonl`,
    );
  }
  const isEmpty = Array.isArray(ids) && ids.length === 0;
  return isEmpty ? [`warning: ids is empty: ${endpoint} has no documents to work on`] : [];
}
