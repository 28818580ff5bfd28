import type { Described } from "../model/supervisor.ts";
import { effectivePolling } from "./polling.ts";
import type { Deployment, Flow, FlowGateway, Uses } from "./types.ts";

/** What the executors of a flow declare, by deployment name. */
export type DescribedFlow = Readonly<
  Record<string, Pick<Described, "endpoints" | "writes" | "polling">>
>;

/**
 * The flow as a flow file would say it with nothing left out: defaults filled, paths absolute,
 * variables replaced, polling per endpoint where `described` says which endpoints an executor
 * declares, else as the file states it. Reading it again gives the same flow.
 */
export function renderFlow(flow: Flow, described: DescribedFlow = {}): object {
  return {
    jtype: "Flow",
    version: flow.version,
    name: escape(flow.name),
    ...present("workspace", flow.workspace),
    env: escape(flow.env),
    gateway: renderGateway(flow.gateway),
    executors: flow.deployments.map((deployment) =>
      renderDeployment(deployment, described[deployment.name]),
    ),
  };
}

function renderGateway(gateway: FlowGateway): object {
  return {
    host: gateway.host,
    protocol: gateway.listeners.map(({ protocol }) => protocol),
    port: gateway.listeners.map(({ port }) => port),
    admin_port: gateway.adminPort,
    prefetch: gateway.prefetch,
    ...present("timeout_send", gateway.timeoutSendMs),
    max_message_size: gateway.maxMessageBytes,
    cors: gateway.cors,
    title: escape(gateway.title),
    description: escape(gateway.description),
    no_debug_endpoints: gateway.noDebugEndpoints,
    no_crud_endpoints: gateway.noCrudEndpoints,
    expose_endpoints: Object.fromEntries(
      Object.entries(gateway.exposeEndpoints).map(([endpoint, { httpPath, ...route }]) => [
        endpoint,
        { ...present("http_path", httpPath), ...escapeEntries(route) },
      ]),
    ),
    ...present("ssl_certfile", gateway.tls?.certFile),
    ...present("ssl_keyfile", gateway.tls?.keyFile),
    env: escape(gateway.env),
  };
}

function renderDeployment(
  deployment: Deployment,
  described: DescribedFlow[string] | undefined,
): object {
  return {
    name: deployment.name,
    uses: renderUses(deployment.uses, deployment.pyModules),
    uses_with: escape(deployment.usesWith),
    ...present("uses_requests", deployment.usesRequests),
    needs: deployment.needs,
    shards: deployment.shards,
    replicas: deployment.replicas,
    // Without knowing which endpoints write, a full table would state what the flow does not.
    ...present("polling", described ? effectivePolling(deployment, described) : deployment.polling),
    ...present("uses_before", deployment.usesBefore && renderUses(deployment.usesBefore)),
    ...present("uses_after", deployment.usesAfter && renderUses(deployment.usesAfter)),
    ...present("workspace", deployment.workspace),
    env: escape(deployment.env),
    timeout_ready: deployment.timeoutReadyMs,
    ...present("timeout_send", deployment.timeoutSendMs),
    durability:
      typeof deployment.durability === "string"
        ? deployment.durability
        : { async: deployment.durability.asyncMs },
    ...present("restart", deployment.restart && { max_restarts: deployment.restart.maxRestarts }),
    ...renderJinaKeys(deployment),
  };
}

/**
 * Keys that only say something where a stock Jina flow sets them: left out where they state the
 * default.
 */
function renderJinaKeys(deployment: Deployment): object {
  const {
    external,
    host,
    port,
    tls,
    grpcMetadata,
    when,
    floating,
    noReduce,
    retries,
    pyModules,
    exitOnExceptions,
  } = deployment;
  return {
    ...(retries === -1 ? {} : { retries }),
    ...renderPythonKeys(deployment.uses),
    ...(pyModules.length === 0 ? {} : { py_modules: pyModules.map((module) => escape(module)) }),
    ...(external ? { external, host: escape(host), tls, grpc_metadata: escape(grpcMetadata) } : {}),
    ...(port.length === 0 ? {} : { port }),
    ...present("when", when),
    ...(floating ? { floating } : {}),
    ...(noReduce ? { no_reduce: noReduce } : {}),
    ...(exitOnExceptions.length === 0 ? {} : { exit_on_exceptions: exitOnExceptions }),
  };
}

function renderPythonKeys(uses: Uses): object {
  if (uses.kind !== "python") return {};
  return {
    ...present("uses_metas", uses.metas),
    ...present("uses_dynamic_batching", uses.dynamicBatching),
    ...present("allow_concurrent", uses.allowConcurrent),
    ...present("output_array_type", uses.outputArrayType),
  };
}

function renderUses(uses: Uses, pyModules: readonly string[] = []): string {
  if (uses.kind === "python") return String(escape(namePython(uses, pyModules)));
  const target = uses.kind === "file" ? uses.path : uses.name;
  return String(
    escape(
      uses.kind !== "builtin" && uses.exportName !== undefined
        ? `${target}#${uses.exportName}`
        : target,
    ),
  );
}

/** A class of `py_modules` by its name; one of a file of its own by both. */
function namePython(
  { uses, modules }: Extract<Uses, { kind: "python" }>,
  pyModules: readonly string[],
): string {
  const [file] = modules;
  if (file === undefined || pyModules.includes(file)) return uses ?? file ?? "";
  return uses === undefined ? file : `${file}#${uses}`;
}

function present(key: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [key]: escape(value) };
}

/** A dollar in a flow file begins a variable; where it is text it is doubled. */
function escape(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escape);
  if (typeof value !== "object" || value === null) return value;
  return escapeEntries(value);
}

function escapeEntries(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, escape(entry)]));
}
