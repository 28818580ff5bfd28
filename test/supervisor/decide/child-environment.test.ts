import { describe, expect, test } from "vitest";
import { childEnvironment } from "../../../src/supervisor/decide/child-environment.ts";

const PLACE = {
  flow: "search",
  executor: "indexer",
  shard: 1,
  shards: 2,
  replica: 0,
  workspace: "/w/indexer/1/0",
};

function environment(
  process: Record<string, string>,
  deployment: Record<string, string> = {},
): Record<string, string> {
  return childEnvironment({ process, deployment, place: PLACE, devices: 2 });
}

test("a child receives its address in JFLOW_ variables", () => {
  expect(environment({})).toMatchObject({
    JFLOW_FLOW: "search",
    JFLOW_EXECUTOR: "indexer",
    JFLOW_SHARD: "1",
    JFLOW_SHARDS: "2",
    JFLOW_REPLICA: "0",
    JFLOW_WORKSPACE: "/w/indexer/1/0",
  });
});

test("the deployment's variables override the supervisor's, but not those of JFLOW_", () => {
  const made = environment({ A: "process", B: "process" }, { B: "deployment", JFLOW_SHARD: "9" });
  expect([made["A"], made["B"], made["JFLOW_SHARD"]]).toEqual(["process", "deployment", "1"]);
});

test("loopback bypasses every proxy, and earlier exceptions stay", () => {
  const made = environment({
    http_proxy: "http://proxy:3128",
    NO_PROXY: "intern.example,localhost",
  });
  expect(made["http_proxy"]).toBe("http://proxy:3128");
  expect(made["NO_PROXY"]).toBe("intern.example,localhost,127.0.0.1,::1");
  expect(made["no_proxy"]).toBe(made["NO_PROXY"]);
});

describe("exactly one of NO_COLOR and FORCE_COLOR is set", () => {
  test.each([
    [{}, { NO_COLOR: "1" }],
    [{ FORCE_COLOR: "1" }, { FORCE_COLOR: "1" }],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, { NO_COLOR: "1" }],
    [{ NO_COLOR: "", FORCE_COLOR: "2" }, { FORCE_COLOR: "2" }],
  ])("%j", (given, expected) => {
    const { NO_COLOR, FORCE_COLOR } = environment(given);
    expect(JSON.parse(JSON.stringify({ NO_COLOR, FORCE_COLOR }))).toEqual(expected);
  });
});

test("the debugger's port is not shared, other options of Node are", () => {
  expect(
    environment({ NODE_OPTIONS: "--inspect=9229 --max-old-space-size=4096" })["NODE_OPTIONS"],
  ).toBe("--max-old-space-size=4096");
  expect("NODE_OPTIONS" in environment({ NODE_OPTIONS: "--inspect-brk" })).toBe(false);
  expect(
    environment({ NODE_OPTIONS: "--inspect" }, { NODE_OPTIONS: "--inspect=0" })["NODE_OPTIONS"],
  ).toBe("--inspect=0");
});

test("the IPC channel of the supervisor is not inherited", () => {
  expect(
    "NODE_CHANNEL_FD" in
      environment({ NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" }),
  ).toBe(false);
});

test("devices are assigned by replica", () => {
  expect(environment({}, { CUDA_VISIBLE_DEVICES: "RR" })["CUDA_VISIBLE_DEVICES"]).toBe("0");
});
