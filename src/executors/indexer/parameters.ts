import {
  compileFilter,
  JflowError,
  RequestRefusal,
  type Document,
  type RequestContext,
} from "../../index.ts";
import { wholeNumber } from "./config.ts";
import type { HnswOptions } from "./hnsw-config.ts";
import { MAX_RESULTS, MAX_SEARCH_WIDTH } from "../../vector-index/vector-index.ts";

type Parameters = RequestContext["parameters"];

/** The part of the results that a request asks for, and the width of an approximate search. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly ef: number;
}

/** The part of the results of a search. */
export interface SearchPage extends Page {
  /** Matches with a larger score are left out. Infinite without a threshold. */
  readonly maxDistance: number;
}

/** Returns whether a document passes a filter. */
export type DocumentTest = (document: Document) => boolean;

/**
 * Reads parameters `limit`, `offset` and `ef`. Throws `INVALID_ARGUMENT` that names the wrong
 * parameter.
 */
export function readPage(
  parameters: Parameters,
  settings: Pick<HnswOptions, "limit" | "ef">,
): Page {
  const read = (name: string, least: number, most: number, fallback: number): number =>
    refusing(() => wholeNumber(parameters[name], name, { least, most, fallback }));
  const limit = read("limit", 1, MAX_RESULTS, settings.limit);
  const offset = read("offset", 0, MAX_RESULTS - 1, 0);
  const ef = read("ef", 1, MAX_SEARCH_WIDTH, settings.ef);
  if (offset + limit > MAX_RESULTS)
    throw new RequestRefusal(
      "INVALID_ARGUMENT",
      `offset + limit is ${offset + limit}: it must be at most ${MAX_RESULTS}`,
    );
  return { limit, offset, ef };
}

/**
 * Reads the page and parameters `exact` and `max_distance`. An exact search has an infinite width.
 * Throws `INVALID_ARGUMENT` that names the wrong parameter, and `UNIMPLEMENTED` for a reserved one.
 */
export function readSearchPage(
  parameters: Parameters,
  settings: Pick<HnswOptions, "limit" | "ef">,
): SearchPage {
  refuseReserved(parameters);
  const page = isExact(parameters)
    ? { ...readPage(parameters, settings), ef: Number.POSITIVE_INFINITY }
    : readPage(parameters, settings);
  const value: unknown = parameters["max_distance"] ?? undefined;
  if (value === undefined) return { ...page, maxDistance: Number.POSITIVE_INFINITY };
  // Rounded like the scores, so that a score of an answer is a usable threshold.
  if (typeof value === "number" && !Number.isNaN(value))
    return { ...page, maxDistance: Math.fround(value) };
  throw new RequestRefusal(
    "INVALID_ARGUMENT",
    `max_distance is ${JSON.stringify(value)}: it must be a number, such as 0.8`,
  );
}

function isExact(parameters: Parameters): boolean {
  const value: unknown = parameters["exact"] ?? false;
  if (typeof value === "boolean") return value;
  throw new RequestRefusal(
    "INVALID_ARGUMENT",
    `exact is ${JSON.stringify(value)}: it must be true or false`,
  );
}

/**
 * Returns the test of parameter `filter`, or undefined when the filter is missing or empty. The
 * filter is an object or its JSON. Throws `INVALID_ARGUMENT` for anything that is not a condition.
 */
export function readFilter(parameters: Parameters): DocumentTest | undefined {
  const condition = readCondition(parameters);
  return condition === undefined || Object.keys(condition).length === 0
    ? undefined
    : refusing(() => compileFilter(condition));
}

/** Returns what `read` returns. Its `JflowError` is thrown as the refusal of the request. */
function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof JflowError)) throw cause;
    throw new RequestRefusal("INVALID_ARGUMENT", cause.message, { cause });
  }
}

/** Reads parameter `filter`, an object or its JSON, without checking its condition. */
export function readCondition(
  parameters: Parameters,
): Readonly<Record<string, unknown>> | undefined {
  const given = parameters["filter"];
  const filter: unknown = typeof given === "string" ? parseFilter(given) : given;
  if (filter === undefined || filter === null) return undefined;
  if (typeof filter !== "object" || Array.isArray(filter))
    throw new RequestRefusal(
      "INVALID_ARGUMENT",
      'parameter filter must be an object, such as {"price": {"$lt": 5}}',
    );
  return { ...filter };
}

function parseFilter(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RequestRefusal(
      "INVALID_ARGUMENT",
      `parameter filter is not valid JSON: ${(cause as SyntaxError).message}`,
      { cause },
    );
  }
}

/** Parameters that are refused, so that no flow relies on their being ignored. */
export const RESERVED_PARAMETERS: readonly string[] = ["search_after"];

/** Throws `UNIMPLEMENTED` for a reserved parameter that is neither null nor empty. */
function refuseReserved(parameters: Parameters): void {
  const name = RESERVED_PARAMETERS.find((each) => Object.keys(parameters[each] ?? {}).length > 0);
  if (name === undefined) return;
  throw new RequestRefusal(
    "UNIMPLEMENTED",
    `HNSWIndexer does not support parameter ${name} yet: leave it out, ask for more matches with limit, and choose among them`,
  );
}

/**
 * Reads parameter `filter` of a write that removes documents. Throws `INVALID_ARGUMENT` for a
 * filter without a condition on a field, which every document would pass.
 */
export function readRemovalFilter(parameters: Parameters): DocumentTest | undefined {
  const condition = readCondition(parameters);
  if (condition !== undefined && isOpen(condition))
    throw new RequestRefusal(
      "INVALID_ARGUMENT",
      "parameter filter is empty, so every document would be removed: use /clear without parameters for that",
    );
  return readFilter(parameters);
}

/** Returns whether a condition such as `{}` or `{"$and": [{}]}` names no field. */
function isOpen(condition: object): boolean {
  return Object.entries(condition).every(([key, value]: [string, unknown]) => {
    if (!key.startsWith("$") || !Array.isArray(value)) return false;
    const isOpenItem = (item: unknown): boolean =>
      typeof item === "object" && item !== null && isOpen(item);
    return value.every(isOpenItem) || (key === "$or" && value.some(isOpenItem));
  });
}

/** Reads a parameter that is true or false. Throws `INVALID_ARGUMENT` for any other value. */
export function readFlag(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw new RequestRefusal(
    "INVALID_ARGUMENT",
    `parameter ${name} is ${JSON.stringify(value)}: it must be true or false`,
  );
}

/**
 * Reads parameter `ids`, or undefined where it is missing. Throws `INVALID_ARGUMENT` unless it is a
 * list of strings.
 */
export function readIds(parameters: Parameters): readonly string[] | undefined {
  const ids = parameters["ids"];
  if (ids === undefined || ids === null) return undefined;
  if (Array.isArray(ids) && ids.every((id): id is string => typeof id === "string")) return ids;
  throw new RequestRefusal("INVALID_ARGUMENT", "parameter ids must be a list of strings");
}
