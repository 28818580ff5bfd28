import type { TracingSpec } from "../../model/replica.ts";
import type { GatewayValues } from "../schema/gateway.ts";

const DEFAULT_HOST = "localhost";
/** The port of OTLP/gRPC: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-default-port */
const DEFAULT_PORT = 4317;

/** Returns where traces go; undefined for a flow without traces. */
export function resolveTracing({
  tracing,
  traces_exporter_host: host,
  traces_exporter_port: port,
}: GatewayValues): TracingSpec | undefined {
  if (!tracing) return undefined;
  if (host === undefined && port === undefined) return {};
  const given = host ?? DEFAULT_HOST;
  // Jina's documentation writes the host with and without a scheme.
  const withScheme = /^https?:\/\//.test(given) ? given : `http://${addBrackets(given)}`;
  return { endpoint: `${withScheme.replace(/\/$/, "")}:${port ?? DEFAULT_PORT}` };
}

/** An IPv6 address needs brackets in front of a port. */
function addBrackets(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** Returns the keys of the flow file that `resolveTracing` has read. */
export function renderTracing(tracing: TracingSpec | undefined): Readonly<Record<string, unknown>> {
  const { endpoint } = tracing ?? {};
  const colon = endpoint?.lastIndexOf(":");
  return {
    tracing: tracing !== undefined,
    traces_exporter_host: endpoint?.slice(0, colon),
    traces_exporter_port: endpoint === undefined ? undefined : Number(endpoint.slice(colon! + 1)),
  };
}
