import type { DeploymentFacts } from "./deployment-facts.ts";

/** The name that `needs` uses for the start of a flow. */
const START = "gateway";

/** One deployment in the graph of a flow. */
export interface GraphNode {
  readonly deployment: DeploymentFacts;
  /** The nodes whose answers it takes, in the order of `needs`; empty: the client's request. */
  readonly parents: readonly GraphNode[];
  /** Whether the answer of the flow is independent of this node. */
  readonly isSide: boolean;
}

/** A flow as the gateway walks it. */
export interface Graph {
  /** Parents before children. */
  readonly nodes: readonly GraphNode[];
  /**
   * The node whose answer is the flow's: the last that is not floating. Undefined in a flow without
   * deployments.
   */
  readonly end: GraphNode | undefined;
  /**
   * The deployments' names in the order of an answer's `routes`: depth first, as Jina lists them.
   */
  readonly routeOrder: readonly string[];
  /** Whether a deployment takes only the documents that meet its `when`. */
  readonly isConditional: boolean;
}

/**
 * Lays out the graph of checked deployments (known `needs`, no cycle), given in the order of the
 * YAML.
 */
export function layOutGraph(deployments: readonly DeploymentFacts[]): Graph {
  const byName = new Map(deployments.map((deployment) => [deployment.name, deployment]));
  const parentsOf = ({ spec }: DeploymentFacts): readonly DeploymentFacts[] =>
    spec.needs.flatMap((name) => byName.get(name) ?? []);
  const end = deployments.findLast(({ spec }) => !spec.floating);
  const leadingToEnd = new Set<DeploymentFacts>();
  const climb = (deployment: DeploymentFacts): void => {
    leadingToEnd.add(deployment);
    parentsOf(deployment).forEach(climb);
  };
  if (end) climb(end);
  const nodes = new Map<DeploymentFacts, GraphNode>();
  const visit = (deployment: DeploymentFacts): GraphNode => {
    const known = nodes.get(deployment);
    if (known) return known;
    const parents = parentsOf(deployment).map(visit);
    const node = { deployment, parents, isSide: !leadingToEnd.has(deployment) };
    nodes.set(deployment, node);
    return node;
  };
  deployments.forEach(visit);
  return {
    nodes: [...nodes.values()],
    end: end && nodes.get(end),
    routeOrder: listDepthFirst(deployments),
    isConditional: deployments.some(({ spec }) => spec.when !== undefined),
  };
}

function listDepthFirst(deployments: readonly DeploymentFacts[]): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    order.add(name);
    deployments
      .filter((deployment) => deployment.spec.needs.includes(name))
      .forEach((deployment) => visit(deployment.name));
  };
  const isFirst = ({ spec: { needs } }: DeploymentFacts): boolean =>
    needs.length === 0 || needs.includes(START);
  deployments.filter(isFirst).forEach((deployment) => visit(deployment.name));
  return [...order];
}
