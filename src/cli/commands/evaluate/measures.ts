/** The relevance of each judged document of a query: 0 or less is not relevant. */
export type Judgements = ReadonlyMap<string, number>;

/** The values of one query, or their means. Each is between 0 and 1. */
export type Measures = Readonly<Record<string, number>>;

const NDCG_DEPTH = 10;
const RECALL_DEPTHS = [10, 100] as const;

/** The measure that compares two runs query by query. */
export const MAIN_MEASURE = `ndcg@${NDCG_DEPTH}`;

/**
 * Returns nDCG@10, MAP, MRR and recall@10 and @100 of the ids of one answer, best first, by the
 * definitions of [trec_eval](https://github.com/usnistgov/trec_eval). A document without a
 * judgement is not relevant. An id that occurs again does not count again. `depth` is the number of
 * results that were asked for; a recall beyond that depth is left out.
 */
export function measureRanking(
  ranking: readonly string[],
  judgements: Judgements,
  depth: number,
): Measures {
  const gains = [...new Set(ranking)].map((id) => Math.max(0, judgements.get(id) ?? 0));
  const ideal = [...judgements.values()].filter((gain) => gain > 0).toSorted((a, b) => b - a);
  const recalls = RECALL_DEPTHS.filter((at) => at <= depth).map((at) => [
    `recall@${at}`,
    divide(countRelevant(gains.slice(0, at)), ideal.length),
  ]);
  return {
    [MAIN_MEASURE]: divide(
      discountedGain(gains.slice(0, NDCG_DEPTH)),
      discountedGain(ideal.slice(0, NDCG_DEPTH)),
    ),
    map: divide(sumOfPrecisions(gains), ideal.length),
    mrr: reciprocalRank(gains),
    ...(Object.fromEntries(recalls) as Measures),
  };
}

/** Returns the mean of each measure. Empty without a query. */
export function meanOf(all: readonly Measures[]): Measures {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, all.reduce((sum, one) => sum + one[name]!, 0) / all.length]),
  );
}

/** Returns the part of the first `depth` ids of `expected` that `ranking` has among its own. */
export function overlapAt(
  ranking: readonly string[],
  expected: readonly string[],
  depth: number,
): number {
  const wanted = new Set(expected.slice(0, depth));
  const found = new Set(ranking.slice(0, depth).filter((id) => wanted.has(id)));
  return wanted.size === 0 ? 1 : found.size / wanted.size;
}

function discountedGain(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}

function sumOfPrecisions(gains: readonly number[]): number {
  let relevant = 0;
  return gains.reduce((sum, gain, i) => {
    if (gain === 0) return sum;
    relevant += 1;
    return sum + relevant / (i + 1);
  }, 0);
}

function reciprocalRank(gains: readonly number[]): number {
  const first = gains.findIndex((gain) => gain > 0);
  return first === -1 ? 0 : 1 / (first + 1);
}

function countRelevant(gains: readonly number[]): number {
  return gains.filter((gain) => gain > 0).length;
}

function divide(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
