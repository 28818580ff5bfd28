import type { VNode } from "preact";
import type { DeploymentStatus } from "../../model/control/flow-state.ts";
import { formatMs, formatRate, orDash } from "../view/format.ts";
import { layOutGraph, type GraphLayout, type Place } from "../view/graph-layout.ts";

const WIDTH = 170;
const HEIGHT = 58;
const GAP_X = 110;
const GAP_Y = 26;

const x = ({ column }: Place): number => column * (WIDTH + GAP_X);
const y = ({ row }: Place): number => row * (HEIGHT + GAP_Y);

/**
 * The flow from left to right. Each node shows the rate and the p99 of its calls at the end of its
 * edges.
 */
export function FlowGraph({ deployments }: { deployments: readonly DeploymentStatus[] }): VNode {
  const nodes = deployments.filter(({ kind }) => kind !== "helper");
  const layout = layOutGraph(nodes);
  const width = layout.columns * (WIDTH + GAP_X) - GAP_X;
  const height = layout.rows * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    <div class="scroll">
      <svg
        class="graph"
        role="img"
        aria-label={nodes.map(describe).join(". ")}
        viewBox={`-2 -2 ${width + 4} ${height + 4}`}
        width={width + 4}
        height={height + 4}
      >
        {nodes.flatMap((node) =>
          node.needs
            .filter((need) => layout.places.has(need))
            .map((need) => <Edge key={`${need}>${node.name}`} {...{ layout, need, node }} />),
        )}
        {nodes.map((node) => (
          <Node key={node.name} node={node} place={layout.places.get(node.name)!} />
        ))}
      </svg>
    </div>
  );
}

function describe({ name, health, ready, replicas, traffic }: DeploymentStatus): string {
  return `${name} is ${health}, ${ready} of ${replicas} replicas ready, ${orDash(traffic.qps, formatRate)}`;
}

interface EdgeOptions {
  readonly layout: GraphLayout;
  readonly need: string;
  readonly node: DeploymentStatus;
}

function Edge({ layout, need, node }: EdgeOptions): VNode {
  const from = layout.places.get(need)!;
  const to = layout.places.get(node.name)!;
  const [x1, y1] = [x(from) + WIDTH, y(from) + HEIGHT / 2];
  const [x2, y2] = [x(to), y(to) + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return <path class="edge" d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />;
}

function Node({ node, place }: { node: DeploymentStatus; place: Place }): VNode {
  const { name, health, shards, replicas, ready, traffic } = node;
  const size = shards > 1 ? `${shards} shards` : `${ready}/${replicas} ready`;
  return (
    <g transform={`translate(${x(place)} ${y(place)})`}>
      {node.needs.length === 0 ? null : (
        <>
          <text class="edge-text" x="-6" y={HEIGHT / 2 - 18} text-anchor="end">
            {orDash(traffic.qps, formatRate)}
          </text>
          <text class="edge-text" x="-6" y={HEIGHT / 2 - 5} text-anchor="end">
            {orDash(traffic.p99Ms, formatMs)}
          </text>
        </>
      )}
      <rect class={`node ${health}`} width={WIDTH} height={HEIGHT} rx="6" />
      <text class="node-name" x="12" y="24">
        {name.length > 20 ? `${name.slice(0, 19)}…` : name}
      </text>
      <text class="node-text" x="12" y="44">
        {`${health} · ${size}${traffic.inFlight > 0 ? ` · ${traffic.inFlight} in flight` : ""}`}
      </text>
    </g>
  );
}
