import { basename, dirname, extname, resolve } from "node:path";
import { resolveListeners } from "./checks/listeners.ts";
import { resolveNeeds } from "./checks/needs.ts";
import type { Draft, DraftExecutor } from "./draft.ts";
import { listExternalPlaces } from "./external.ts";
import { readHubAddress } from "./hub.ts";
import type { ExposedEndpoint } from "./schema/gateway.ts";
import { FOR_EVER_MS } from "./schema/measures.ts";
import type { Deployment, Flow, FlowGateway, Uses } from "./types.ts";
import { parseUses, resolvePyModule, type UsesPlace } from "./uses.ts";

/** File names that say nothing: such a flow is named after its folder. */
const PLAIN_FILES: ReadonlySet<string> = new Set(["flow", "jflow"]);

/**
 * The flow of a draft that no check objects to: defaults that depend on other values filled, paths
 * absolute.
 */
export function resolveFlow(draft: Draft, file: string, place: UsesPlace): Flow {
  const { top } = draft;
  const directory = dirname(file);
  const { env, workspace } = top;
  const name = top.name ?? nameAfter(file);
  const needs = resolveNeeds(draft.executors);
  return {
    name,
    file,
    directory,
    version: top.version,
    ...(workspace === undefined ? {} : { workspace: resolve(directory, workspace) }),
    env,
    gateway: resolveGateway(draft, { name, directory, env }),
    deployments: draft.executors.map((executor) =>
      resolveDeployment(executor, {
        needs: needs.get(executor) ?? [],
        env,
        place,
        retries: draft.gateway.retries,
      }),
    ),
  };
}

function nameAfter(file: string): string {
  const stem = basename(file, extname(file));
  return PLAIN_FILES.has(stem) ? basename(dirname(file)) || stem : stem;
}

function resolveGateway(
  draft: Draft,
  flow: { name: string; directory: string; env: Flow["env"] },
): FlowGateway {
  const values = draft.gateway;
  const { ssl_certfile: certFile, ssl_keyfile: keyFile } = values;
  return {
    host: values.host,
    listeners: resolveListeners(values),
    adminPort: values.admin_port,
    prefetch: values.prefetch,
    maxMessageBytes: values.max_message_size,
    ...timeoutSend(values.timeout_send),
    cors: values.cors,
    title: values.title ?? flow.name,
    description: values.description,
    noDebugEndpoints: values.no_debug_endpoints,
    noCrudEndpoints: values.no_crud_endpoints,
    exposeEndpoints: Object.fromEntries(
      Object.entries(values.expose_endpoints).map(([endpoint, route]) => [
        endpoint,
        resolveRoute(route),
      ]),
    ),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : {
          tls: {
            certFile: resolve(flow.directory, certFile),
            keyFile: resolve(flow.directory, keyFile),
          },
        }),
    env: { ...flow.env, ...values.env },
  };
}

function resolveRoute(route: ExposedEndpoint): FlowGateway["exposeEndpoints"][string] {
  return {
    ...(route.http_path === undefined ? {} : { httpPath: route.http_path }),
    ...(route.methods === undefined
      ? {}
      : { methods: route.methods.map((method) => method.toUpperCase()) }),
    ...(route.summary === undefined ? {} : { summary: route.summary }),
    ...(route.tags === undefined ? {} : { tags: route.tags }),
  };
}

/** No limit is no key. */
function timeoutSend(timeoutMs: number | undefined): { timeoutSendMs?: number } {
  return timeoutMs === undefined || timeoutMs === FOR_EVER_MS ? {} : { timeoutSendMs: timeoutMs };
}

const DOES_NOTHING = "BaseExecutor";

function resolveDeployment(
  executor: DraftExecutor,
  at: { needs: readonly string[]; env: Flow["env"]; place: UsesPlace; retries: number },
): Deployment {
  const { values } = executor;
  const { directory } = at.place;
  const usesText = typeof values.uses === "string" ? values.uses : DOES_NOTHING;
  return {
    name: executor.name,
    uses: addPythonOptions(resolveUses(usesText, at.place, values.py_modules), executor),
    usesText,
    usesWith: resolveOptions(usesText, values.uses_with),
    ...(values.uses_requests === undefined ? {} : { usesRequests: values.uses_requests }),
    needs: at.needs,
    ...resolveSize(executor),
    ...(values.polling === undefined ? {} : { polling: values.polling }),
    ...(values.uses_before === undefined
      ? {}
      : { usesBefore: resolveUses(values.uses_before, at.place) }),
    ...(values.uses_after === undefined
      ? {}
      : { usesAfter: resolveUses(values.uses_after, at.place) }),
    ...(values.workspace === undefined ? {} : { workspace: resolve(directory, values.workspace) }),
    env: { ...at.env, ...values.env },
    pyModules: values.py_modules.map((module) => resolvePyModule(module, at.place)),
    timeoutReadyMs: values.timeout_ready,
    ...timeoutSend(values.timeout_send),
    retries: resolveRetries(executor, at.retries),
    durability: values.durability,
    ...(values.restart === undefined ? {} : { restart: values.restart }),
    ...resolvePlace(executor),
    ...(values.when === undefined ? {} : { when: values.when }),
    floating: values.floating,
    noReduce: values.no_reduce || values.disable_reduce,
    exitOnExceptions: values.exit_on_exceptions,
  };
}

/** What only a Python executor can take. */
function addPythonOptions(uses: Uses, { values }: DraftExecutor): Uses {
  const {
    uses_metas: metas,
    uses_dynamic_batching: dynamicBatching,
    output_array_type: outputArrayType,
  } = values;
  if (uses.kind !== "python") return uses;
  return {
    ...uses,
    ...(metas === undefined ? {} : { metas }),
    ...(dynamicBatching === undefined ? {} : { dynamicBatching }),
    ...(values.allow_concurrent ? { allowConcurrent: true } : {}),
    ...(outputArrayType === undefined ? {} : { outputArrayType }),
  };
}

/**
 * Options of an executor of the hub are said in the words of the built-in that stands in for it.
 */
function resolveOptions(uses: string, stated: Deployment["usesWith"]): Deployment["usesWith"] {
  const translated = readHubAddress(uses)?.executor?.translate(stated);
  return translated ?? stated;
}

/** Its own, else the gateway's. */
function resolveRetries({ given, values }: DraftExecutor, ofGateway: number): number {
  return given.has("retries") ? values.retries : ofGateway;
}

/** An external deployment is one shard, with a replica at each of its places. */
function resolveSize({ values }: DraftExecutor): Pick<Deployment, "shards" | "replicas"> {
  if (!values.external) return { shards: values.shards, replicas: values.replicas };
  const places = listExternalPlaces(values);
  return { shards: 1, replicas: typeof places === "string" ? 1 : places.length };
}

function resolvePlace({
  values,
}: DraftExecutor): Pick<Deployment, "external" | "host" | "port" | "tls" | "grpcMetadata"> {
  return {
    external: values.external,
    host: values.host,
    port: values.port,
    tls: values.tls,
    grpcMetadata: values.grpc_metadata,
  };
}

function resolveUses(text: string, place: UsesPlace, pyModules: readonly string[] = []): Uses {
  const parsed = parseUses(text, place, pyModules);
  // Checked before; the executor that does nothing is the honest stand-in while a wrong one is
  // being reported.
  return "uses" in parsed ? parsed.uses : { kind: "builtin", name: DOES_NOTHING };
}
