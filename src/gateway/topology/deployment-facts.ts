import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { pollingOf, type Polling } from "../../model/polling.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import { makeMerger, type Merger } from "../merge/merger.ts";

/** Stands for every endpoint that a deployment does not mention, as in a polling table. */
const ANY_OTHER = "*";
/** The endpoint of a method that handles every endpoint without a method of its own. */
const DEFAULT_ENDPOINT = "/default";

/** The facts about requests to one endpoint of a deployment. */
export interface EndpointFacts {
  /** Whether the executor handles the endpoint; true while its endpoints are unknown. */
  readonly isBound: boolean;
  /** Whether the executor has a method for exactly this endpoint. */
  readonly isNamed: boolean;
  /** Whether the method that handles the endpoint changes state. */
  readonly isWrite: boolean;
  /** Whether the primary of a shard replicates the change. */
  readonly isReplicated: boolean;
  readonly polling: Polling;
  /** The schemas of docarray v2 documents; undefined if the executor reports none. */
  readonly schema: EndpointSchema | undefined;
}

/** The facts about a deployment that requests need, computed once for each topology. */
export class DeploymentFacts {
  readonly spec: TopologyDeployment;
  readonly name: string;
  readonly merger: Merger;
  /** Names of the shards in messages: `indexer/1`, or the deployment's name if it has one shard. */
  readonly shardNames: readonly string[];
  readonly #endpoints: ReadonlyMap<string, EndpointFacts>;
  readonly #anyOther: EndpointFacts;

  constructor(spec: TopologyDeployment) {
    const { name, shards, merge } = spec;
    this.spec = spec;
    this.name = name;
    this.merger = makeMerger(merge);
    this.shardNames = Array.from({ length: shards }, (_, shard) =>
      shards === 1 ? name : `${name}/${shard}`,
    );
    this.#endpoints = new Map(
      listEndpoints(spec).map((endpoint) => [endpoint, describeEndpoint(spec, endpoint)]),
    );
    this.#anyOther = describeEndpoint(spec, ANY_OTHER);
  }

  endpoint(endpoint: string): EndpointFacts {
    return this.#endpoints.get(endpoint) ?? this.#anyOther;
  }
}

/** Every endpoint that the deployment treats in a way of its own. */
function listEndpoints({ endpoints, writes, polling, schemas }: TopologyDeployment): string[] {
  return [...(endpoints ?? []), ...writes, ...Object.keys(polling), ...Object.keys(schemas ?? {})];
}

function describeEndpoint(spec: TopologyDeployment, endpoint: string): EndpointFacts {
  const { endpoints, writes, polling, schemas = {}, stateful } = spec;
  const isNamed = endpoints?.includes(endpoint) ?? false;
  const isWrite = writes.includes(endpoint) || (writes.includes(DEFAULT_ENDPOINT) && !isNamed);
  return {
    isBound: endpoints === undefined || isNamed || endpoints.includes(DEFAULT_ENDPOINT),
    isNamed,
    isWrite,
    isReplicated: isWrite && stateful,
    polling: pollingOf(polling, endpoint),
    schema: schemas[Object.hasOwn(schemas, endpoint) ? endpoint : DEFAULT_ENDPOINT],
  };
}
