/** A shard that did not answer. */
export interface ShardFailure {
  readonly shard: number;
  /** The replica that was asked last. */
  readonly address?: string;
  readonly reason: string;
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
}

/** Adds the reports of the deployments of one request. */
export function addReports(reports: readonly ShardsReport[]): ShardsReport | undefined {
  if (reports.length <= 1) return reports[0];
  const failures = reports.flatMap((report) => report.failures ?? []);
  const sum = (pick: (report: ShardsReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  return {
    total: sum((report) => report.total),
    successful: sum((report) => report.successful),
    failed: sum((report) => report.failed),
    ...(failures.length > 0 ? { failures } : {}),
  };
}
