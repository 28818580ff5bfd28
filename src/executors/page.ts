import { compileFilter, JflowError, type Document, type RequestContext } from "../index.ts";
import { wholeNumber } from "./config.ts";
import type { HnswSettings } from "./hnsw-config.ts";
import { MAX_RESULTS, MAX_SEARCH_WIDTH } from "../vector-index/vector-index.ts";

type Parameters = RequestContext["parameters"];

/** Which of the found are asked for, and how wide an approximate search is. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly ef: number;
}

/** Whether a document passes. */
export type DocumentTest = (document: Document) => boolean;

/** Documents that are read between two looks at other work. */
const READ_AT_ONCE = 200;

/**
 * Parameters `limit`, `offset` and `ef`. Throws `INVALID_ARGUMENT` that names the one that is
 * wrong.
 */
export function readPage(
  parameters: Parameters,
  settings: Pick<HnswSettings, "limit" | "ef">,
): Page {
  const limit = wholeNumber(parameters["limit"], "limit", {
    least: 1,
    most: MAX_RESULTS,
    fallback: settings.limit,
  });
  const offset = wholeNumber(parameters["offset"], "offset", {
    least: 0,
    most: MAX_RESULTS - 1,
    fallback: 0,
  });
  const ef = wholeNumber(parameters["ef"], "ef", {
    least: 1,
    most: MAX_SEARCH_WIDTH,
    fallback: settings.ef,
  });
  if (offset + limit > MAX_RESULTS)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `offset + limit is ${offset + limit}: at most ${MAX_RESULTS}`,
    );
  return { limit, offset, ef };
}

/**
 * The test of parameter `filter`; undefined where there is none, or one that says nothing. Throws
 * `INVALID_ARGUMENT` for one that is no condition.
 */
export function readFilter(parameters: Parameters): DocumentTest | undefined {
  const { filter } = parameters;
  if (filter === undefined || filter === null) return undefined;
  if (typeof filter !== "object" || Array.isArray(filter))
    throw new JflowError(
      "INVALID_ARGUMENT",
      'parameter filter must be an object, such as {"price": {"$lt": 5}}',
    );
  return Object.keys(filter).length === 0 ? undefined : compileFilter({ ...filter });
}

/**
 * Of candidates in their order those that pass: `limit` of them after `offset`. One that is gone
 * meanwhile is passed over. Gives way to other work now and then.
 */
export async function takeAccepted<T>(
  candidates: readonly T[],
  page: Pick<Page, "limit" | "offset"> & {
    readonly accepts: DocumentTest;
    readonly read: (candidate: T) => Document | undefined;
  },
): Promise<Document[]> {
  const taken: Document[] = [];
  let toSkip = page.offset;
  for (const [position, candidate] of candidates.entries()) {
    if (position % READ_AT_ONCE === READ_AT_ONCE - 1)
      await new Promise((resolve) => setImmediate(resolve));
    const document = page.read(candidate);
    if (document === undefined || !page.accepts(document)) continue;
    if (toSkip > 0) toSkip -= 1;
    else taken.push(document);
    if (taken.length === page.limit) break;
  }
  return taken;
}
