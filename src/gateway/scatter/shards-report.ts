/** A shard that did not answer. */
export interface ShardFailure {
  readonly shard: number;
  /** The replica that was asked last. */
  readonly address?: string;
  readonly reason: string;
}

/**
 * `parameters._shards` of an answer: of a write, how many copies there are and hold it; of a read,
 * how many shards were asked and answered. Never silently less than was asked.
 */
export interface ShardsReport {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly failures?: readonly ShardFailure[];
}

/** The report of a whole request from those of its deployments. */
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
