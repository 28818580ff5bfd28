import type { TracingSpec } from "../../model/replica.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where traces go. Without a `url`, the exporter reads the variables of OpenTelemetry. */
export interface ExporterChoice {
  readonly protocol: "grpc" | "http/protobuf";
  readonly url?: string;
  /** The address for messages. */
  readonly target: string;
}

/** The address of a collector on this machine. Jina's exporter speaks gRPC. */
export const DEFAULT_COLLECTOR = "http://localhost:4317";
const DEFAULT_PORT = "4317";
const DEFAULT_HTTP_COLLECTOR = "http://localhost:4318";

/**
 * Returns the exporter of a process. The keys of the flow file win over the variables of
 * OpenTelemetry (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
 */
export function chooseExporter({ endpoint }: TracingSpec, env: Environment): ExporterChoice {
  if (endpoint !== undefined) return { protocol: "grpc", url: endpoint, target: endpoint };
  const stated = readVariable(env, "ENDPOINT");
  const protocol = readVariable(env, "PROTOCOL");
  if (protocol === "grpc") return { protocol, target: stated ?? DEFAULT_COLLECTOR };
  if (stated === undefined && protocol === undefined)
    return { protocol: "grpc", url: DEFAULT_COLLECTOR, target: DEFAULT_COLLECTOR };
  return { protocol: "http/protobuf", target: stated ?? DEFAULT_HTTP_COLLECTOR };
}

/** An empty variable counts as absent, as the specification asks. */
function readVariable(env: Environment, name: string): string | undefined {
  return env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`] || undefined;
}

/**
 * Returns the collector of a Python executor: `http://host` and the port. Undefined if traces go to
 * a collector by HTTP, because Jina's exporter speaks gRPC only.
 */
export function collectorOfPython(
  tracing: TracingSpec | undefined,
  env: Environment,
): { readonly host: string; readonly port: string } | undefined {
  if (tracing === undefined) return undefined;
  const { protocol, target } = chooseExporter(tracing, env);
  if (protocol !== "grpc" || !URL.canParse(target)) return undefined;
  const { protocol: scheme, hostname, port } = new URL(target);
  return { host: `${scheme}//${hostname}`, port: port || DEFAULT_PORT };
}
