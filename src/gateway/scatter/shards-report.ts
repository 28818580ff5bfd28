/** A shard that did not answer. */
export interface ShardFailure {
  readonly shard: number;
  /** The replica that was asked last. */
  readonly address?: string;
  readonly reason: string;
  /** The ids of the documents that the shard did not write. */
  readonly documents?: readonly string[];
}

/** The effect of a write, as the executors of its shards count it. */
export interface DocumentCounts {
  readonly written: number;
  readonly replaced: number;
  readonly deleted: number;
  readonly not_found: number;
  /** The documents of the shards that failed. */
  readonly failed: number;
  readonly not_found_ids?: readonly string[];
  readonly warning?: string;
}

/**
 * The `parameters._shards` of an answer. For a write, the report counts the existing copies and the
 * copies that hold the write. For a read, the report counts the shards that were asked and the
 * shards that answered.
 */
export interface ShardsReport {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly failures?: readonly ShardFailure[];
  readonly documents?: DocumentCounts;
  /** For people: names of a filter that no document has. */
  readonly warnings?: readonly string[];
}

/** Adds the reports of the deployments of one request. */
export function addReports(reports: readonly ShardsReport[]): ShardsReport | undefined {
  if (reports.length <= 1) return reports[0];
  const failures = reports.flatMap((report) => report.failures ?? []);
  const warnings = reports.flatMap((report) => report.warnings ?? []);
  const sum = (pick: (report: ShardsReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  return {
    total: sum((report) => report.total),
    successful: sum((report) => report.successful),
    failed: sum((report) => report.failed),
    ...(failures.length > 0 ? { failures } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...addDocuments(reports.flatMap((report) => report.documents ?? [])),
  };
}

function addDocuments(counts: readonly DocumentCounts[]): { documents?: DocumentCounts } {
  const [first, ...others] = counts;
  if (first === undefined) return {};
  const documents = others.reduce(
    (total, count) => ({
      written: total.written + count.written,
      replaced: total.replaced + count.replaced,
      deleted: total.deleted + count.deleted,
      not_found: total.not_found + count.not_found,
      failed: total.failed + count.failed,
      not_found_ids: [...(total.not_found_ids ?? []), ...(count.not_found_ids ?? [])],
      ...(total.warning === undefined ? {} : { warning: total.warning }),
    }),
    first,
  );
  return { documents };
}
