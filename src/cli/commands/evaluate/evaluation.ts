import { JflowError } from "../../../util/errors.ts";
import type { Rankings } from "./ask-queries.ts";
import {
  MAIN_MEASURE,
  meanOf,
  measureRanking,
  overlapAt,
  type Judgements,
  type Measures,
} from "./measures.ts";
import type { Queries } from "./read-judgements.ts";

/** The number of first results of which an approximate search should find each. */
export const OVERLAP_DEPTH = 10;

/** The measures of one run: of each judged query, and their means. */
export interface Evaluation {
  readonly mean: Measures;
  readonly queries: ReadonlyMap<string, Measures>;
}

/** A query whose value differs between two runs. */
export interface MovedQuery {
  readonly query: string;
  readonly value: number;
  readonly against: number;
}

/** The part of the exact results that an approximate search found. */
export interface Overlap {
  readonly mean: number;
  readonly worst: { readonly query: string; readonly value: number };
  /** The number of queries whose results are not all those of the exact search. */
  readonly incomplete: number;
}

/** Returns the queries that have a judgement. Throws `INVALID_ARGUMENT` if no query has one. */
export function selectJudged(
  queries: Queries,
  judgements: ReadonlyMap<string, Judgements>,
): Queries {
  const judged = new Map([...queries].filter(([id]) => judgements.has(id)));
  if (judged.size > 0) return judged;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `no query has a judgement: the queries have ids such as ${firstKey(queries)}, the judgements ${firstKey(judgements)}`,
  );
}

export function evaluate(
  rankings: Rankings,
  judgements: ReadonlyMap<string, Judgements>,
  depth: number,
): Evaluation {
  const queries = new Map(
    [...rankings].map(([id, ranking]) => [
      id,
      measureRanking(ranking, judgements.get(id) ?? new Map(), depth),
    ]),
  );
  return { mean: meanOf([...queries.values()]), queries };
}

/** Returns the queries whose nDCG@10 differs, those with the largest difference first. */
export function listMoved(one: Evaluation, other: Evaluation): readonly MovedQuery[] {
  const change = ({ value, against }: MovedQuery): number => Math.abs(value - against);
  return [...one.queries]
    .map(([query, measures]) => ({
      query,
      value: measures[MAIN_MEASURE]!,
      against: other.queries.get(query)?.[MAIN_MEASURE] ?? 0,
    }))
    .filter((moved) => change(moved) > 0)
    .toSorted((a, b) => change(b) - change(a));
}

/** Compares the first results of an approximate search with those of an exact one. */
export function compareWithExact(rankings: Rankings, exact: Rankings): Overlap {
  const all = [...exact].map(([query, expected]) => ({
    query,
    value: overlapAt(rankings.get(query) ?? [], expected, OVERLAP_DEPTH),
  }));
  const worst = all.reduce((least, one) => (one.value < least.value ? one : least));
  return {
    mean: all.reduce((sum, { value }) => sum + value, 0) / all.length,
    worst,
    incomplete: all.filter(({ value }) => value < 1).length,
  };
}

/** Returns a run in the format of trec_eval. The score only repeats the order of the answer. */
export function formatRun(rankings: Rankings, depth: number): string {
  return [...rankings]
    .flatMap(([query, ids]) =>
      [...new Set(ids)].map((id, i) => `${query} Q0 ${id} ${i + 1} ${depth - i} jflow\n`),
    )
    .join("");
}

function firstKey(map: ReadonlyMap<string, unknown>): string {
  return [...map.keys()][0]!;
}
