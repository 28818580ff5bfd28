import type { MetricFamily, MetricLabels, MetricSample } from "../../util/metrics/family.ts";

/** One line of a family. `metricName` is the name with a suffix, for the lines of a histogram. */
interface Line {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/**
 * Returns the families of all processes in the text format of Prometheus. Families of one name
 * become one, and the values of one series are added. Loads `prom-client` at the first call.
 */
export async function renderMetrics(
  processes: readonly (readonly MetricFamily[])[],
): Promise<string> {
  const { default: client } = await import("prom-client");
  const all = processes.map((families) => families.map(toLines));
  return client.AggregatorRegistry.aggregate(all).metrics();
}

function toLines({ name, help, type, samples }: MetricFamily): object {
  const values = samples.flatMap((sample) => linesOf(name, sample));
  return { name, help, type, values, aggregator: "sum" };
}

function linesOf(name: string, { labels, value }: MetricSample): readonly Line[] {
  if (typeof value === "number") return [{ labels, value }];
  let total = 0;
  const buckets = value.counts.map((count, index) => {
    total += count;
    const le = value.bounds[index] ?? "+Inf";
    return { labels: withBound(labels, le), value: total, metricName: `${name}_bucket` };
  });
  return [
    ...buckets,
    { labels, value: value.sum, metricName: `${name}_sum` },
    { labels, value: total, metricName: `${name}_count` },
  ];
}

function withBound(labels: MetricLabels, le: number | string): Line["labels"] {
  return { ...labels, le };
}
