/**
 * One family of metrics, as Prometheus names them
 * (https://prometheus.io/docs/concepts/metric_types/). A process reports its families as JSON.
 */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly MetricSample[];
}

export type MetricFamilies = readonly MetricFamily[];

export type MetricLabels = Readonly<Record<string, string>>;

/** One series of a family. Two processes may report the same series: their values are added. */
export interface MetricSample {
  readonly labels: MetricLabels;
  readonly value: number | HistogramValue;
}

export interface HistogramValue {
  /** The upper bounds of the buckets, in rising order. A last bucket has no bound. */
  readonly bounds: readonly number[];
  /** The number of values in each bucket alone. */
  readonly counts: readonly number[];
  readonly sum: number;
}
