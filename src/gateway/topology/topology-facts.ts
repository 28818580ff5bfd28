import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import type { Topology } from "../../model/topology.ts";
import { DeploymentFacts } from "./deployment-facts.ts";
import { findFlowSchema, type SchemaQuery } from "./flow-schema.ts";
import { layOutGraph, type Graph } from "./graph.ts";

const NO_TOPOLOGY: Topology = {
  version: -1,
  flow: "",
  deployments: [],
  helpers: [],
  ready: false,
  killed: [],
};

/** The facts about a flow that requests need, computed once for each topology. */
export class TopologyFacts {
  /** The facts before the first topology arrives: the flow starts. */
  static readonly STARTING = new TopologyFacts(NO_TOPOLOGY);

  readonly version: number;
  /** Whether requests are accepted. */
  readonly isReady: boolean;
  readonly graph: Graph;
  /** Deployments of the graph, in the order of the YAML. */
  readonly deployments: readonly DeploymentFacts[];
  /** All endpoints that an executor of the flow binds. */
  readonly endpoints: readonly string[];
  /** Whether an executor of the flow reads docarray v2 documents. */
  readonly usesV2: boolean;
  /** Processes that the supervisor ended: their deaths are not the fault of a request. */
  readonly killed: ReadonlySet<string>;
  readonly #byName: ReadonlyMap<string, DeploymentFacts>;
  readonly #schemas: ReadonlyMap<string, EndpointSchema | undefined>;

  constructor(topology: Topology) {
    const helpers = topology.helpers.map((spec) => new DeploymentFacts(spec));
    this.version = topology.version;
    this.isReady = topology.ready;
    this.deployments = topology.deployments.map((spec) => new DeploymentFacts(spec));
    this.graph = layOutGraph(this.deployments);
    this.endpoints = [...new Set(topology.deployments.flatMap(({ endpoints }) => endpoints ?? []))];
    this.usesV2 = topology.deployments.some(({ schemas }) => schemas !== undefined);
    this.killed = new Set(topology.killed);
    this.#byName = new Map([...this.deployments, ...helpers].map((facts) => [facts.name, facts]));
    this.#schemas = new Map(
      this.endpoints.map((endpoint) => [
        endpoint,
        this.#computeSchema({ endpoint, targetExecutor: "" }),
      ]),
    );
  }

  /** Returns a deployment of the graph, or the helper of one. */
  deployment(name: string): DeploymentFacts | undefined {
    return this.#byName.get(name);
  }

  /**
   * Returns the schemas of a request's documents if the executors read docarray v2. Throws
   * `INVALID_ARGUMENT` if `targetExecutor` is not a regular expression.
   */
  findSchema(query: SchemaQuery): EndpointSchema | undefined {
    const { endpoint, targetExecutor } = query;
    return targetExecutor === "" && this.#schemas.has(endpoint)
      ? this.#schemas.get(endpoint)
      : this.#computeSchema(query);
  }

  #computeSchema(query: SchemaQuery): EndpointSchema | undefined {
    if (!this.usesV2) return undefined;
    return findFlowSchema(this.graph, (name) => this.#byName.get(name), query);
  }
}
