import { expect, test } from "vitest";
import { planReplicas, readFlow, type Flow } from "../../../src/flow/flow.ts";
import type { FlowPlan } from "../../../src/supervisor/plan/flow-plan.ts";
import { checkPlanChange, listPlanChanges } from "../../../src/supervisor/plan/plan-changes.ts";
import { LAUNCH } from "./sample-launch.ts";

function read(executors: string, top = ""): Flow {
  const text = `jtype: Flow\n${top}executors:\n${executors}`;
  const { flow, diagnostics } = readFlow({
    text,
    file: "/f/flow.yml",
    variables: {},
    exists: () => true,
  });
  if (flow === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return flow;
}

/** A plan whose processes depend on `env`, `port` and, for `code`, on the code. */
function planOf(flow: Flow, code = "1"): FlowPlan {
  const hashOf = (name: string): string => {
    const deployment = flow.deployments.find((each) => each.name === name);
    if (deployment === undefined) return JSON.stringify(flow.gateway);
    return JSON.stringify([
      Object.entries(deployment.env).toSorted(([left], [right]) => left.localeCompare(right)),
      code,
    ]);
  };
  const entries = planReplicas(flow).replicas.map((planned) => ({
    planned,
    launch: { ...LAUNCH, configHash: hashOf(planned.deployment) },
    generation: 0,
  }));
  return { flow, entries };
}

const A = "  - { name: a, replicas: 2, env: { X: '1', Y: '2' } }\n";
const B = "  - { name: b }\n";

test.each<{ change: string; after: Flow; code?: string; lines: readonly string[] }>([
  { change: "nothing", after: read(A + B), lines: [] },
  {
    change: "the order of keys and of env",
    after: read("  - { env: { Y: '2', X: '1' }, replicas: 2, name: a }\n" + B),
    lines: [],
  },
  {
    change: "a key with its default value",
    after: read(A + "  - { name: b, replicas: 1, shards: 1, floating: false }\n"),
    lines: [],
  },
  { change: "a comment", after: read(`  # first\n${A}${B}`), lines: [] },
  {
    change: "env",
    after: read("  - { name: a, replicas: 2, env: { X: '3', Y: '2' } }\n" + B),
    lines: ["~ a: env changed, rolling"],
  },
  {
    change: "a time limit",
    after: read("  - { name: a, replicas: 2, env: { X: '1', Y: '2' }, timeout_send: 5s }\n" + B),
    lines: ["~ a: timeout_send changed, in place"],
  },
  {
    change: "more replicas",
    after: read("  - { name: a, replicas: 3, env: { X: '1', Y: '2' } }\n" + B),
    lines: ["+ a/0/2"],
  },
  {
    change: "fewer replicas",
    after: read("  - { name: a, env: { X: '1', Y: '2' } }\n" + B),
    lines: ["- a/0/1"],
  },
  {
    change: "code",
    after: read(A + B),
    code: "2",
    lines: ["~ a: code changed, rolling", "~ b: code changed, rolling"],
  },
  {
    change: "another deployment",
    after: read(A + B + "  - { name: c }\n"),
    lines: ["+ c/0/0"],
  },
  {
    change: "an external deployment",
    after: read(A + B + "  - { name: c, external: true, port: 1 }\n"),
    lines: ["+ c (external)"],
  },
  { change: "a deployment less", after: read(A), lines: ["- b/0/0"] },
  {
    change: "the gateway",
    after: read(A + B, "with: { title: notes }\n"),
    lines: ["~ gateway: title changed, restarts"],
  },
  {
    change: "watching",
    after: read(A + B, "watch: true\n"),
    lines: ["~ flow: watch changed, in place"],
  },
])("$change changes $lines", ({ after, code, lines }) => {
  const changes = listPlanChanges(planOf(read(A + B)), planOf(after, code));
  expect(changes.map(({ text }) => text)).toEqual(lines);
});

test.each([
  ["shards", "shards: 2", "jflow reshard b --shards <number>"],
  ["workspace", "workspace: /w", "then start it with jflow up"],
  ["durability", "durability: async", "then start it with jflow up"],
])("%s cannot change while the flow runs", (key, entry, remedy) => {
  const after = read(`${A}  - { name: b, ${entry} }\n`);
  const check = (): void => checkPlanChange(read(A + B), after);
  expect(check).toThrow(`${key} of b cannot change while the flow runs`);
  expect(check).toThrow(remedy);
});
