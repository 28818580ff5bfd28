import type { TracingSpec } from "../../model/replica.ts";
import { messageOf } from "../../util/error-code.ts";
import { chooseExporter, type Environment, type ExporterChoice } from "./choose-exporter.ts";
import { Sampler } from "./sampler.ts";
import type { SpanAttributes, Tracer } from "./tracer.ts";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

export interface TracerOptions {
  readonly tracing: TracingSpec;
  /** The environment of the process: the variables of OpenTelemetry. */
  readonly env: Environment;
  /** The name of the process, as Jina names it: `indexer/shard-1/rep-0`. */
  readonly runtime: string;
  readonly flow: string;
  readonly version: string;
  /** Whether user code of this process may look for the current span. */
  readonly isGlobal: boolean;
}

/**
 * Loads OpenTelemetry and opens the tracer of this process. Returns undefined if
 * `OTEL_SDK_DISABLED` is true. `report` receives what a user should know, at a bounded rate.
 */
export async function openTracer(
  { tracing, env, runtime, flow, version, isGlobal }: TracerOptions,
  report: (text: string) => void,
): Promise<Tracer | undefined> {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return undefined;
  const choice = chooseExporter(tracing, env);
  const [{ OpenTelemetryTracer }, { ReportingExporter }, exporter] = await Promise.all([
    import("./open-telemetry.ts"),
    import("./reporting-exporter.ts"),
    openExporter(choice),
  ]);
  const now = (): number => performance.now();
  const resource: SpanAttributes = {
    "service.name": runtime,
    "service.namespace": flow,
    "service.version": version,
  };
  return new OpenTelemetryTracer({
    exporter: new ReportingExporter(exporter, choice.target, { report, now }),
    sampler: openSampler(env, now, report),
    resource,
    version,
    isGlobal,
  });
}

/** A wrong sampler is reported, and the default is used, as OpenTelemetry asks. */
function openSampler(env: Environment, now: () => number, report: (text: string) => void): Sampler {
  const name = env["OTEL_TRACES_SAMPLER"] || undefined;
  try {
    return new Sampler({ name, argument: env["OTEL_TRACES_SAMPLER_ARG"] }, now);
  } catch (error) {
    report(messageOf(error));
    return new Sampler({}, now);
  }
}

async function openExporter({ protocol, url }: ExporterChoice): Promise<SpanExporter> {
  const options = url === undefined ? {} : { url };
  if (protocol === "grpc") {
    const { default: otlp } = await import("@opentelemetry/exporter-trace-otlp-grpc");
    return new otlp.OTLPTraceExporter(options);
  }
  const { default: otlp } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return new otlp.OTLPTraceExporter(options);
}
