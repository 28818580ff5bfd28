import {
  effectivePolling,
  isMerger,
  listExternalAddresses,
  type Deployment,
  type PlannedReplica,
  type Uses,
} from "../../flow/flow.ts";
import { formatAddress } from "../../model/address.ts";
import type { Described } from "../../model/supervisor.ts";
import type { Merge, Topology, TopologyDeployment, TopologyReplica } from "../../model/topology.ts";
import { DEFAULT_RESULTS } from "../../util/limits/search.ts";
import { helperName, isHelper } from "./planned-replica.ts";
import { isServing, type ReplicaState } from "./lifecycle/replica-state.ts";

/** The facts about one replica that the gateway needs. */
export interface RoutedReplica {
  readonly planned: PlannedReplica;
  readonly state: ReplicaState;
  /** `host:port`; null before the hello. */
  readonly target: string | null;
  readonly role: "primary" | "replica" | null;
}

export interface TopologySource {
  readonly flow: string;
  readonly deployments: readonly Deployment[];
  /** Removed deployments that requests on their way may still reach: not part of the graph. */
  readonly leaving?: readonly Deployment[];
  readonly replicas: readonly RoutedReplica[];
  /**
   * The declarations of the executors, by the name of the deployment or helper. Absent while
   * unknown.
   */
  readonly described: ReadonlyMap<string, Described>;
  routingShardsOf(deployment: string, shards: number): number;
  readonly ready: boolean;
  readonly killed: readonly string[];
}

/** The built-in index, by its name in `uses`. */
const INDEX = "HNSWIndexer";
const MATCH_MERGER = { kind: "builtin", name: "MatchMerger" } as const;

const UNKNOWN: Described = { endpoints: [], writes: [], polling: {}, stateful: false };

/** Returns the topology that the gateway follows. */
export function describeTopology(source: TopologySource, version: number): Topology {
  const { leaving = [] } = source;
  return {
    version,
    flow: source.flow,
    deployments: source.deployments.map((deployment) => describeDeployment(source, deployment)),
    helpers: [
      ...[...source.deployments, ...leaving].flatMap((each) => describeHelpers(source, each)),
      ...leaving.map((deployment) => describeDeployment(source, deployment)),
    ],
    ready: source.ready,
    killed: source.killed,
  };
}

function describeDeployment(source: TopologySource, deployment: Deployment): TopologyDeployment {
  const { name, shards } = deployment;
  const described = source.described.get(name);
  const helpers = helpersOf(source, name);
  return {
    name,
    needs: deployment.needs,
    shards,
    routingShards: source.routingShardsOf(name, shards),
    ...endpointsOf(source, [name, ...helpers.map(helperName)]),
    ...(described?.schemas === undefined ? {} : { schemas: described.schemas }),
    writes: described?.writes ?? [],
    polling: effectivePolling(deployment, described ?? UNKNOWN),
    merge: chooseMerge(deployment, helpers),
    ...beforeOf(helpers),
    stateful: described?.stateful ?? false,
    ...(deployment.timeoutSendMs === undefined ? {} : { timeoutSendMs: deployment.timeoutSendMs }),
    ...retriesOf(deployment),
    ...balancingOf(deployment),
    floating: deployment.floating,
    noReduce: deployment.noReduce,
    ...(deployment.when === undefined ? {} : { when: deployment.when }),
    replicas: listReplicas(source, deployment),
  };
}

/**
 * The endpoints of the executor and of its helpers: `uses_before` and `uses_after` may handle a
 * request that the executor itself does not.
 */
function endpointsOf(
  source: TopologySource,
  names: readonly string[],
): { endpoints?: readonly string[] } {
  const described = names.map((name) => source.described.get(name));
  if (described.includes(undefined)) return {};
  return { endpoints: [...new Set(described.flatMap((each) => each?.endpoints ?? []))] };
}

/**
 * A Python executor that exits after an exception does not answer the call. A retry would end the
 * next replica too, so such a deployment has no retries unless the flow sets them.
 */
function retriesOf({ retries, uses, exitOnExceptions }: Deployment): { retries?: number } {
  if (retries >= 0) return { retries };
  return uses.kind === "python" && exitOnExceptions.length > 0 ? { retries: 0 } : {};
}

function listReplicas(source: TopologySource, deployment: Deployment): readonly TopologyReplica[] {
  if (deployment.external) return listExternal(deployment);
  return routed(
    source,
    (planned) => planned.deployment === deployment.name && planned.part === "worker",
  );
}

/**
 * External replicas always receive requests, because the supervisor cannot tell whether they run.
 */
function listExternal({ name, grpcMetadata, ...stated }: Deployment): readonly TopologyReplica[] {
  const addresses = listExternalAddresses(stated);
  if (typeof addresses === "string") return [];
  const metadata = Object.keys(grpcMetadata).length === 0 ? {} : { metadata: grpcMetadata };
  return addresses.map(({ target, tls }, replica) => ({
    address: formatAddress(name, 0, replica),
    shard: 0,
    replica,
    processId: `external-${name}-${target}`,
    target,
    wire: "jina",
    role: null,
    readable: true,
    tls,
    ...metadata,
  }));
}

function chooseMerge(deployment: Deployment, helpers: readonly PlannedReplica[]): Merge {
  const { shards, noReduce } = deployment;
  if (shards > 1) {
    if (hasMatchMerger(deployment)) return { ...MATCH_MERGER, ...indexLimitOf(deployment) };
    const helper = helpers.find(({ part }) => part === "uses_after");
    if (helper !== undefined) return { kind: "executor", deployment: helperName(helper) };
  }
  return noReduce ? { kind: "concat" } : { kind: "jina" };
}

/** Whether `uses_after` names the merger, or a built-in index names none. */
function hasMatchMerger({ uses, usesAfter, noReduce }: Deployment): boolean {
  return usesAfter === undefined ? isIndex(uses) && !noReduce : isMerger(usesAfter);
}

function isIndex(uses: Uses): boolean {
  return uses.kind === "builtin" && uses.name === INDEX;
}

/** Returns the default limit of a built-in index; empty for other executors. */
function indexLimitOf({ uses, usesWith }: Deployment): { indexLimit?: number } {
  if (!isIndex(uses)) return {};
  const { limit } = usesWith;
  return { indexLimit: typeof limit === "number" ? limit : DEFAULT_RESULTS };
}

function beforeOf(helpers: readonly PlannedReplica[]): { before?: string } {
  const helper = helpers.find(({ part }) => part === "uses_before");
  return helper === undefined ? {} : { before: helperName(helper) };
}

/** Returns the first replica of each helper of a deployment. */
function helpersOf(source: TopologySource, deployment: string): readonly PlannedReplica[] {
  const helpers = source.replicas
    .map(({ planned }) => planned)
    .filter((planned) => planned.deployment === deployment && isHelper(planned));
  return [...new Map(helpers.toReversed().map((each) => [helperName(each), each])).values()];
}

function balancingOf(
  deployment: Deployment,
): Pick<TopologyDeployment, "balancing" | "maxInFlight" | "maxQueued"> {
  const { balancing, maxInFlight, maxQueued } = deployment;
  return { balancing, maxQueued, ...(maxInFlight === undefined ? {} : { maxInFlight }) };
}

function describeHelpers(
  source: TopologySource,
  deployment: Deployment,
): readonly TopologyDeployment[] {
  return helpersOf(source, deployment.name).map((helper) => {
    const name = helperName(helper);
    const described = source.described.get(name);
    return {
      name,
      needs: [],
      shards: 1,
      routingShards: source.routingShardsOf(name, 1),
      ...(described === undefined ? {} : { endpoints: described.endpoints }),
      ...(described?.schemas === undefined ? {} : { schemas: described.schemas }),
      writes: [],
      polling: { "*": "ANY" },
      merge: { kind: "jina" },
      stateful: false,
      balancing: deployment.balancing,
      maxQueued: deployment.maxQueued,
      ...(deployment.timeoutSendMs === undefined
        ? {}
        : { timeoutSendMs: deployment.timeoutSendMs }),
      floating: false,
      noReduce: false,
      replicas: routed(source, (planned) => helperName(planned) === name),
    };
  });
}

function routed(
  source: TopologySource,
  belongs: (planned: PlannedReplica) => boolean,
): readonly TopologyReplica[] {
  return source.replicas.flatMap(({ planned, state, target, role }) => {
    if (!belongs(planned) || target === null || !isServing(state)) return [];
    const { address, shard, replica } = planned;
    const readable = state.name === "ready";
    const wire = planned.uses?.kind === "python" ? "jina" : "jflow";
    return [{ address, shard, replica, processId: state.processId, target, wire, role, readable }];
  });
}
