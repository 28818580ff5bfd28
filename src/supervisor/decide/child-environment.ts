import { resolveDevices } from "./devices.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The sources of a child's environment. */
export interface EnvironmentSources {
  /** The environment of the supervisor. */
  readonly process: Variables;
  /** The `env` of the flow, overridden by the `env` of the deployment. */
  readonly deployment: Readonly<Record<string, string>>;
  readonly place: ChildLocation;
  /** The number of CUDA devices of the machine. */
  readonly devices: number;
}

/** The values of the `JFLOW_*` variables of a child. */
export interface ChildLocation {
  readonly flow: string;
  readonly executor: string;
  readonly shard: number;
  readonly shards: number;
  readonly replica: number;
  readonly workspace: string;
}

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/**
 * Returns the environment of a child: the supervisor's, then the flow's and the deployment's, then
 * the `JFLOW_*` variables. Calls to loopback bypass any proxy. Exactly one of `NO_COLOR` and
 * `FORCE_COLOR` is set, because Node prints a warning in every child that has both
 * (https://nodejs.org/api/cli.html). The debugger port of the supervisor is not shared.
 */
export function childEnvironment(sources: EnvironmentSources): Record<string, string> {
  const { place } = sources;
  const merged: Record<string, string | undefined> = {
    ...sources.process,
    ...withoutDebugger(sources.process["NODE_OPTIONS"]),
    ...sources.deployment,
    JFLOW_FLOW: place.flow,
    JFLOW_EXECUTOR: place.executor,
    JFLOW_SHARD: String(place.shard),
    JFLOW_SHARDS: String(place.shards),
    JFLOW_REPLICA: String(place.replica),
    JFLOW_WORKSPACE: place.workspace,
    ...passLoopback(sources),
    ...oneColourChoice(sources),
    ...dealDevices(sources),
  };
  // A child does not inherit the IPC channel between the supervisor and its parent.
  delete merged["NODE_CHANNEL_FD"];
  delete merged["NODE_CHANNEL_SERIALIZATION_MODE"];
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function lookUp(sources: EnvironmentSources, name: string): string | undefined {
  return sources.deployment[name] ?? sources.process[name];
}

function passLoopback(sources: EnvironmentSources): Variables {
  const stated = lookUp(sources, "no_proxy") ?? lookUp(sources, "NO_PROXY") ?? "";
  const hosts = stated
    .split(",")
    .map((host) => host.trim())
    .filter((host) => host !== "");
  const all = [...new Set([...hosts, ...LOOPBACK])].join(",");
  // grpc-js reads its own variables before the usual ones.
  return { no_proxy: all, NO_PROXY: all, no_grpc_proxy: all };
}

function oneColourChoice(sources: EnvironmentSources): Variables {
  const forced = lookUp(sources, "FORCE_COLOR");
  const refused = lookUp(sources, "NO_COLOR");
  if (forced !== undefined && !refused) return { FORCE_COLOR: forced, NO_COLOR: undefined };
  return { FORCE_COLOR: undefined, NO_COLOR: refused || "1" };
}

function dealDevices(sources: EnvironmentSources): Variables {
  const stated = lookUp(sources, "CUDA_VISIBLE_DEVICES");
  return stated === undefined
    ? {}
    : { CUDA_VISIBLE_DEVICES: resolveDevices(stated, sources.place.replica, sources.devices) };
}

function withoutDebugger(options: string | undefined): Variables {
  if (options === undefined) return {};
  const kept = options
    .split(/\s+/)
    .filter((option) => option !== "" && !/^--(inspect|debug)/.test(option));
  return { NODE_OPTIONS: kept.length === 0 ? undefined : kept.join(" ") };
}
