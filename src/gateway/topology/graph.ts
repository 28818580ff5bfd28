import type { TopologyDeployment } from "../../model/topology.ts";

/** The name that `needs` uses for the start of a flow. */
const START = "gateway";

/** One deployment in the graph of a flow. */
export interface GraphNode {
  readonly deployment: TopologyDeployment;
  /** Whose answers it takes, in the order of `needs`; none: the client's request. */
  readonly parents: readonly GraphNode[];
}

/** A flow as the gateway walks it. */
export interface Graph {
  /** Parents before children. */
  readonly nodes: readonly GraphNode[];
  /**
   * Whose answer is the flow's: the last that is not floating. Undefined in a flow without
   * deployments.
   */
  readonly end: GraphNode | undefined;
  /** The end and all it depends on; the others are side branches. */
  readonly leadingToEnd: ReadonlySet<GraphNode>;
  /**
   * The deployments' names in the order of an answer's `routes`: depth first, as Jina lists them.
   */
  readonly routeOrder: readonly string[];
}

/**
 * Lays out the graph of checked deployments (known `needs`, no cycle), given in the order of the
 * YAML.
 */
export function layOutGraph(deployments: readonly TopologyDeployment[]): Graph {
  const byName = new Map(deployments.map((deployment) => [deployment.name, deployment]));
  const nodes = new Map<string, GraphNode>();
  const visit = (deployment: TopologyDeployment): GraphNode => {
    const known = nodes.get(deployment.name);
    if (known) return known;
    const parents = deployment.needs.flatMap((name) => byName.get(name) ?? []).map(visit);
    const node = { deployment, parents };
    nodes.set(deployment.name, node);
    return node;
  };
  deployments.forEach(visit);
  const last = deployments.findLast((deployment) => !deployment.floating);
  const end = last && nodes.get(last.name);
  const leadingToEnd = new Set<GraphNode>();
  const climb = (node: GraphNode): void => {
    leadingToEnd.add(node);
    node.parents.forEach(climb);
  };
  if (end) climb(end);
  return { nodes: [...nodes.values()], end, leadingToEnd, routeOrder: listDepthFirst(deployments) };
}

function listDepthFirst(deployments: readonly TopologyDeployment[]): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    order.add(name);
    deployments
      .filter((deployment) => deployment.needs.includes(name))
      .forEach((deployment) => visit(deployment.name));
  };
  const isFirst = ({ needs }: TopologyDeployment): boolean =>
    needs.length === 0 || needs.includes(START);
  deployments.filter(isFirst).forEach((deployment) => visit(deployment.name));
  return [...order];
}

/**
 * Whether the deployment's executor handles the endpoint; while its endpoints are unknown, it is
 * asked.
 */
export function isBound(deployment: TopologyDeployment, endpoint: string): boolean {
  const { endpoints } = deployment;
  return endpoints === undefined || endpoints.includes(endpoint) || endpoints.includes("/default");
}
