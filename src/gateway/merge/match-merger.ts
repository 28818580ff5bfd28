import { JflowError } from "../../util/errors.ts";
import { readDocumentId, readScore, scoreNames } from "../../document/scan/document-values.ts";
import { UNITE_NESTED, groupById, mergeGroup, type NestedRules } from "./merge-jina.ts";
import type { Merger } from "./merger.ts";
import { DEFAULT_RESULTS, MAX_RESULTS } from "../../util/limits/search.ts";

type Parameters = Readonly<Record<string, unknown>>;

function readCount(parameters: Parameters, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `the parameter ${name} must be a whole number of at least 0, not ${JSON.stringify(value)}`,
  );
}

/**
 * Returns the parameters that the shards get. Each shard is asked for the whole beginning of the
 * list, because all of it may come from one shard.
 */
function widenPage(parameters: Parameters): Parameters {
  const limit = readCount(parameters, "limit");
  const offset = readCount(parameters, "offset") ?? 0;
  const reach = offset + (limit ?? DEFAULT_RESULTS);
  if (reach > MAX_RESULTS) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `offset + limit is ${reach}; the maximum is ${MAX_RESULTS}`,
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

/**
 * Merges the matches of all shards for each query document, ranked by score. `offset` and `limit`
 * apply here, once.
 */
function mergeMatches(
  lists: readonly (readonly Uint8Array[])[],
  parameters: Parameters,
): Uint8Array[] {
  const limit = readCount(parameters, "limit");
  const offset = readCount(parameters, "offset") ?? 0;
  const end = limit === undefined ? undefined : offset + limit;
  const rankPage = (matches: readonly (readonly Uint8Array[])[]): Uint8Array[] => {
    const all = matches.flat();
    return rankMatches(all, chooseMetric(parameters["metric"], all)).slice(offset, end);
  };
  const rules: NestedRules = { ...UNITE_NESTED, matches: { merge: rankPage, keepsOne: false } };
  return groupById(lists).map((group) => mergeGroup(group, rules));
}

/**
 * The built-in `MatchMerger` of `uses_after`: the matches of all shards, ranked by their score. It
 * reads the parameters `limit`, `offset` and `metric`.
 */
export const MATCH_MERGER: Merger = { before: widenPage, merge: mergeMatches };
