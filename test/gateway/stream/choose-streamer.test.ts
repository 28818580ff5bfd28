import { expect, test } from "vitest";
import { chooseStreamer } from "../../../src/gateway/stream/choose-streamer.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import { layOut, makeDeployment } from "../fixtures.ts";

const binds = (
  name: string,
  endpoints: string[],
  more: Partial<TopologyDeployment> = {},
): TopologyDeployment => makeDeployment(name, { endpoints, ...more });
const chain = (...deployments: TopologyDeployment[]): TopologyDeployment[] =>
  deployments.map((one, at) => ({
    ...one,
    needs: [at === 0 ? "gateway" : deployments[at - 1]!.name],
  }));
const choose = (deployments: readonly TopologyDeployment[], targetExecutor = ""): string =>
  chooseStreamer(layOut(deployments), { execEndpoint: "/s", targetExecutor }).name;

test.each([
  [
    "the first that binds it",
    chain(binds("a", ["/x"]), binds("b", ["/s"]), binds("c", ["/s"])),
    "",
    "b",
  ],
  [
    "one that names it before one that binds every endpoint",
    chain(binds("a", ["/default"]), binds("b", ["/s"])),
    "",
    "b",
  ],
  [
    "one that binds every endpoint, where no executor names it",
    chain(binds("a", ["/x"]), binds("b", ["/default"])),
    "",
    "b",
  ],
  ["one whose endpoints are not known yet", chain(makeDeployment("a")), "", "a"],
  ["a target", chain(binds("a", ["/s"]), binds("b", ["/s"])), "b", "b"],
  ["no side branch", [binds("side", ["/s"], { floating: true }), binds("a", ["/s"])], "", "a"],
])("the stream comes from %s", (_, deployments, target, expected) => {
  expect(choose(deployments, target)).toBe(expected);
});

test.each([
  ["no executor binds it", chain(binds("a", ["/x"])), "", ["NOT_FOUND", /binds \/s$/]],
  [
    "only a side branch binds it",
    [binds("a", []), binds("b", ["/s"], { floating: true })],
    "",
    ["NOT_FOUND", /\/s$/],
  ],
  [
    "no target binds it",
    chain(binds("a", ["/s"])),
    "b",
    ["NOT_FOUND", /and matches the target_executor "b"/],
  ],
  [
    "the target is not a valid pattern",
    chain(binds("a", ["/s"])),
    "(",
    ["INVALID_ARGUMENT", /not a valid regular expression/],
  ],
  [
    "shards",
    [binds("a", ["/s"], { shards: 2 })],
    "",
    ["UNIMPLEMENTED", /^a cannot stream: it has 2 shards/],
  ],
  [
    "uses_before",
    [binds("a", ["/s"], { before: "x" })],
    "",
    ["UNIMPLEMENTED", /^a cannot stream: .*uses_before/],
  ],
  [
    "a condition",
    [binds("a", ["/s"], { when: {} })],
    "",
    ["UNIMPLEMENTED", /^a cannot stream: .*when/],
  ],
  [
    "a write",
    [binds("a", ["/s"], { stateful: true, writes: ["/s"] })],
    "",
    ["UNIMPLEMENTED", /changes its state/],
  ],
] as const)("refused, with the reason: %s", (_, deployments, target, [code, message]) => {
  const refused = (): string => choose(deployments, target);
  expect(refused).toThrow(expect.objectContaining({ code }));
  expect(refused).toThrow(message);
});
