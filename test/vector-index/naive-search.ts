import type { Entry, Hit, Metric } from "../../src/vector-index/vector-index.ts";

/** The distance by the book, in double precision. */
export function naiveDistance(metric: Metric, a: Float32Array, b: Float32Array): number {
  const sum = (term: (x: number, y: number) => number): number =>
    a.reduce((total, x, i) => total + term(x, b[i] ?? 0), 0);
  if (metric === "l2") return sum((x, y) => (x - y) ** 2);
  const dot = sum((x, y) => x * y);
  if (metric === "ip") return 1 - dot;
  const norms =
    Math.sqrt(a.reduce((t, x) => t + x * x, 0)) * Math.sqrt(b.reduce((t, x) => t + x * x, 0));
  return norms === 0 ? 1 : 1 - dot / norms;
}

/** The nearest entries by the book: all distances, sorted, ties by id. */
export function naiveSearch(
  metric: Metric,
  entries: readonly Entry<Float32Array>[],
  query: Float32Array,
): Hit[] {
  return entries
    .map(({ id, vector }) => ({ id, distance: naiveDistance(metric, query, vector) }))
    .toSorted((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
}

/** Which share of the `right` ids was found. */
export function recall(found: readonly Hit[], right: readonly Hit[]): number {
  const ids = new Set(found.map(({ id }) => id));
  return right.filter(({ id }) => ids.has(id)).length / right.length;
}
