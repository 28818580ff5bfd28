import { basename, dirname, extname, resolve } from "node:path";
import { resolveListeners } from "./listeners.ts";
import { resolveTracing } from "./tracing.ts";
import { resolveNeeds } from "./needs.ts";
import type { Draft, DraftExecutor } from "../draft/draft.ts";
import { listExternalAddresses } from "./external.ts";
import { readHubAddress } from "../uses/hub.ts";
import { EXECUTOR_KEYS } from "../schema/executor.ts";
import { TOP_KEYS } from "../schema/flow.ts";
import { GATEWAY_KEYS } from "../schema/gateway.ts";
import { toProperties } from "../schema/key.ts";
import { asPlain, asStock, writePythonJson } from "../text/stock-scalars.ts";
import type { Uses } from "../uses/uses.ts";
import type { Deployment, Flow, FlowGateway } from "./types.ts";
import { parseUses, resolvePyModule, type UsesDeps } from "../uses/parse-uses.ts";

/** Names of files that do not name a flow. The folder names the flow instead. */
const PLAIN_FILES: ReadonlySet<string> = new Set(["flow", "jflow"]);

/**
 * Resolves a draft without errors: fills defaults that depend on other values and makes paths
 * absolute.
 */
export function resolveFlow(draft: Draft, file: string, files: UsesDeps): Flow {
  const { top } = draft;
  const directory = dirname(file);
  const name = top.name ?? nameAfter(file);
  const needs = resolveNeeds(draft.executors);
  return {
    ...toProperties(TOP_KEYS, top),
    ...resolveWorkspace(directory, top.workspace),
    name,
    file,
    directory,
    gateway: resolveGateway(draft, { name, directory, env: top.env }),
    deployments: draft.executors.map((executor) =>
      resolveDeployment(executor, {
        needs: needs.get(executor) ?? [],
        env: top.env,
        files,
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
  const tracing = resolveTracing(values);
  return {
    ...toProperties(GATEWAY_KEYS, values),
    listeners: resolveListeners(values),
    title: values.title ?? flow.name,
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : {
          tls: {
            certFile: resolve(flow.directory, certFile),
            keyFile: resolve(flow.directory, keyFile),
          },
        }),
    ...(tracing === undefined ? {} : { tracing }),
    env: { ...flow.env, ...values.env },
  };
}

function resolveWorkspace(
  directory: string,
  workspace: string | undefined,
): { readonly workspace?: string } {
  return workspace === undefined ? {} : { workspace: resolve(directory, workspace) };
}

const DOES_NOTHING = "BaseExecutor";

function resolveDeployment(
  executor: DraftExecutor,
  at: { needs: readonly string[]; env: Flow["env"]; files: UsesDeps; retries: number },
): Deployment {
  const { values } = executor;
  const { directory } = at.files;
  const usesText = typeof values.uses === "string" ? values.uses : DOES_NOTHING;
  const { uses_before: usesBefore, uses_after: usesAfter } = values;
  const uses = addPythonOptions(resolveUses(usesText, at.files, values.py_modules), executor);
  return {
    ...toProperties(EXECUTOR_KEYS, values),
    ...resolveSize(executor),
    ...resolveWorkspace(directory, values.workspace),
    name: executor.name,
    uses,
    usesText,
    usesWith:
      uses.kind === "python"
        ? asStock(values.uses_with)
        : resolveOptions(usesText, asPlain(values.uses_with)),
    ...resolveBatching(values.uses_dynamic_batching),
    needs: at.needs,
    ...(usesBefore === undefined ? {} : { usesBefore: resolveUses(usesBefore, at.files) }),
    ...(usesAfter === undefined ? {} : { usesAfter: resolveUses(usesAfter, at.files) }),
    env: { ...at.env, ...values.env },
    pyModules: values.py_modules.map((module) => resolvePyModule(module, at.files)),
    retries: resolveRetries(executor, at.retries),
    noReduce: values.no_reduce || values.disable_reduce,
  };
}

function resolveBatching(
  stated: DraftExecutor["values"]["uses_dynamic_batching"],
): Pick<Deployment, "dynamicBatching"> {
  return stated === undefined ? {} : { dynamicBatching: asPlain(stated) };
}

/** Adds the options that only a Python executor has. */
function addPythonOptions(uses: Uses, { values }: DraftExecutor): Uses {
  const {
    uses_metas: metas,
    uses_dynamic_batching: dynamicBatching,
    output_array_type: outputArrayType,
  } = values;
  if (uses.kind !== "python") return uses;
  return {
    ...uses,
    ...(Object.keys(values.uses_with).length === 0
      ? {}
      : { options: writePythonJson(values.uses_with) }),
    ...(metas === undefined ? {} : { metas: asStock(metas) }),
    ...(dynamicBatching === undefined ? {} : { dynamicBatching: asStock(dynamicBatching) }),
    ...(values.allow_concurrent ? { allowConcurrent: true } : {}),
    ...(outputArrayType === undefined ? {} : { outputArrayType }),
  };
}

/**
 * Translates the options of an executor of Jina Hub into those of the built-in that replaces it.
 */
function resolveOptions(uses: string, stated: Deployment["usesWith"]): Deployment["usesWith"] {
  const translated = readHubAddress(uses)?.executor?.translate(stated);
  return translated ?? stated;
}

function resolveRetries({ given, values }: DraftExecutor, ofGateway: number): number {
  return given.has("retries") ? values.retries : ofGateway;
}

/** An external deployment is one shard with one replica per address. */
function resolveSize({ values, given }: DraftExecutor): Pick<Deployment, "shards" | "replicas"> {
  const { external, shards, replicas, autoscale } = values;
  if (!external)
    return { shards, replicas: given.has("replicas") ? replicas : (autoscale?.min ?? replicas) };
  const locations = listExternalAddresses(values);
  return { shards: 1, replicas: typeof locations === "string" ? 1 : locations.length };
}

function resolveUses(text: string, files: UsesDeps, pyModules: readonly string[] = []): Uses {
  const parsed = parseUses(text, files, pyModules);
  // An invalid `uses` is already reported.
  return "uses" in parsed ? parsed.uses : { kind: "builtin", name: DOES_NOTHING };
}
