import { resolveDevices } from "./devices.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What a child's environment is made of. */
export interface EnvironmentSources {
  /** The supervisor's own environment. */
  readonly process: Variables;
  /** The deployment's `env`, the flow's beneath it. */
  readonly deployment: Readonly<Record<string, string>>;
  readonly place: ChildLocation;
  /** How many CUDA devices the machine has. */
  readonly devices: number;
}

/** Where a child stands, for `JFLOW_*`. */
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
 * A child's environment, from scratch: the supervisor's, then the flow's and deployment's, then
 * where the child finds itself. Calls to loopback go past any proxy; exactly one of `NO_COLOR` and
 * `FORCE_COLOR` is set, because Node warns in every child that has both (`reference/ux.md` E8); the
 * supervisor's debugger port is not shared.
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
  // The channel to the supervisor's own parent is none of the child's.
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
  // grpc-js reads its own names before the usual ones.
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
