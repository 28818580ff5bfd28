import { JflowError } from "../../util/errors.ts";
import { readDocumentId, readScore, scoreNames } from "../../document/scan/document-values.ts";
import {
  UNITE_NESTED,
  groupById,
  mergeDocuments,
  mergeGroup,
  type NestedRules,
} from "./merge-jina.ts";
import type { MergeRequest, Merger } from "./merger.ts";
import { DEFAULT_RESULTS, MAX_RESULTS } from "../../util/limits/search.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** Reads a whole number. The messages are those of the built-in index. */
function readCount(
  parameters: Parameters,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)
    return Number(value);
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${name} is ${JSON.stringify(value)}: it must be a whole number from ${least} to ${most}`,
  );
}

/** The part of the merged list that a request asks for. */
interface Page {
  readonly limit: number | undefined;
  readonly offset: number;
}

function readPage({ parameters }: MergeRequest, defaultLimit: number | undefined): Page {
  const offset = readCount(parameters, "offset", { least: 0, most: MAX_RESULTS - 1 }) ?? 0;
  const fallback = defaultLimit ?? (offset > 0 ? DEFAULT_RESULTS : undefined);
  const least = defaultLimit === undefined ? 0 : 1;
  const limit = readCount(parameters, "limit", { least, most: MAX_RESULTS });
  return { limit: limit ?? fallback, offset };
}

/**
 * Returns the parameters that the shards get. Each shard is asked for the whole beginning of the
 * list, because all of it may come from one shard.
 */
function widenPage(request: MergeRequest, defaultLimit: number | undefined): Parameters {
  const { parameters } = request;
  const { limit = DEFAULT_RESULTS, offset } = readPage(request, defaultLimit);
  const reach = offset + limit;
  if (reach > MAX_RESULTS) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `offset + limit is ${reach}: it must be at most ${MAX_RESULTS}`,
    );
  }
  return offset === 0 ? parameters : { ...parameters, limit: reach, offset: 0 };
}

/**
 * Returns the metric to rank by: the given metric, or the only one that the matches have. Returns
 * undefined if no match has a score.
 */
function chooseMetric(named: unknown, matches: readonly Uint8Array[]): string | undefined {
  if (typeof named === "string" && named !== "") return named;
  for (const match of matches) {
    const names = scoreNames(match);
    if (names.length === 1) return names[0];
    if (names.length > 1) {
      const list = names.join(", ");
      throw new JflowError(
        "INVALID_ARGUMENT",
        `the matches have several scores (${list}); name one in the parameter metric`,
      );
    }
  }
  return undefined;
}

interface Ranked {
  readonly bytes: Uint8Array;
  readonly id: string;
  readonly score: number;
}

function compareRanked(a: Ranked, b: Ranked): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/**
 * Sorts matches by score, smaller first, equal scores by id. A match without the score comes last.
 * If several matches have the same id, the best one is kept.
 */
function rankMatches(matches: readonly Uint8Array[], metric: string | undefined): Uint8Array[] {
  const ranked = matches.map((bytes): Ranked => {
    const score = metric === undefined ? undefined : readScore(bytes, metric);
    return {
      bytes,
      id: readDocumentId(bytes),
      score: score === undefined || Number.isNaN(score) ? Infinity : score,
    };
  });
  const seen = new Set<string>();
  return ranked
    .toSorted(compareRanked)
    .filter(({ id }) => id === "" || (!seen.has(id) && seen.add(id)))
    .map(({ bytes }) => bytes);
}

/** Merges the matches of all shards for each query document, ranked by score. */
function mergeMatches(
  lists: readonly (readonly Uint8Array[])[],
  { parameters }: MergeRequest,
  { limit, offset }: Page,
): Uint8Array[] {
  const end = limit === undefined ? undefined : offset + limit;
  const rankPage = (matches: readonly (readonly Uint8Array[])[]): Uint8Array[] => {
    const all = matches.flat();
    return rankMatches(all, chooseMetric(parameters["metric"], all)).slice(offset, end);
  };
  const rules: NestedRules = { ...UNITE_NESTED, matches: { merge: rankPage, keepsOne: false } };
  return groupById(lists).map((group) => mergeGroup(group, rules));
}

/** The endpoint of the built-in index that answers with a list of documents. */
const LIST_ENDPOINT = "/filter";
/** Endpoints of the built-in index that answer with stored documents by id. */
const BY_ID_ENDPOINTS: readonly string[] = ["/get", "/fill_embedding"];

/**
 * Returns the built-in `MatchMerger`: the matches of all shards, ranked by their score. It reads
 * the parameters `limit`, `offset` and `metric`. `limit` and `offset` apply here, once.
 * `indexLimit` is the default limit of a built-in index, whose list of documents is cut as well.
 */
export function makeMatchMerger(indexLimit?: number): Merger {
  return {
    before: (request) => widenPage(request, indexLimit),
    merge: (lists, request) => {
      const page = readPage(request, indexLimit);
      const { endpoint } = request;
      if (indexLimit === undefined) return mergeMatches(lists, request, page);
      if (BY_ID_ENDPOINTS.includes(endpoint)) return mergeDocuments(lists);
      if (endpoint !== LIST_ENDPOINT) return mergeMatches(lists, request, page);
      return mergeDocuments(lists).slice(page.offset, page.offset + page.limit!);
    },
  };
}
