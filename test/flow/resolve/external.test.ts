import { describe, expect, test } from "vitest";
import { listExternalAddresses } from "../../../src/flow/resolve/external.ts";
import { planReplicas } from "../../../src/flow/flow.ts";
import { findings, readGood } from "../reading.ts";

describe("addresses", () => {
  test.each([
    { host: [], port: [1], want: ["127.0.0.1:1"] },
    { host: ["a"], port: [1, 2], want: ["a:1", "a:2"] },
    { host: ["a", "b"], port: [1], want: ["a:1", "b:1"] },
    { host: ["a", "b"], port: [1, 2], want: ["a:1", "b:2"] },
    { host: ["a:5", "b"], port: [1], want: ["a:5", "b:1"] },
    { host: ["grpc://a:5", "[::1]:6"], port: [], want: ["a:5", "[::1]:6"] },
    { host: ["::1", "grpc://fe80::1"], port: [6], want: ["[::1]:6", "[fe80::1]:6"] },
    { host: ["my_host.local", "10.0.0.1"], port: [6], want: ["my_host.local:6", "10.0.0.1:6"] },
    { host: ["0.0.0.0"], port: [7], want: ["127.0.0.1:7"] },
  ])("$host and $port are $want", ({ host, port, want }) => {
    const locations = listExternalAddresses({ host, port, tls: false });
    expect(locations).toEqual(want.map((target) => ({ target, tls: false })));
  });

  test.each([
    { host: ["grpcs://a:1", "a:2"], tls: false, want: [true, false] },
    { host: ["a:1", "a:2"], tls: true, want: [true, true] },
  ])("tls of $host is $want", ({ host, tls, want }) => {
    const locations = listExternalAddresses({ host, port: [], tls });
    expect(typeof locations === "string" ? locations : locations.map((place) => place.tls)).toEqual(
      want,
    );
  });

  test.each([
    {
      host: ["a", "b", "c"],
      port: [1, 2],
      want: "3 hosts do not match 2 ports: give one host, one port, or as many ports as hosts",
    },
    { host: ["a"], port: [], want: 'the port of "a" is missing' },
    { host: ["a", "a"], port: [1], want: '"a:1" is listed twice' },
    { host: ["a b"], port: [1], want: '"a b" is not a valid host' },
    { host: ["[::g]"], port: [1], want: '"[::g]" is not a valid host' },
    { host: ["10.0.0.256"], port: [1], want: '"10.0.0.256" is not a valid host' },
    { host: ["a..b"], port: [1], want: '"a..b" is not a valid host' },
    { host: ["a:99999"], port: [], want: '"a:99999" is not a valid host' },
  ])("$host and $port are refused", ({ host, port, want }) => {
    expect(listExternalAddresses({ host, port, tls: false })).toBe(want);
  });
});

describe("an external executor", () => {
  test("is one shard with a replica at each address, has no process, and its uses is not checked", () => {
    const flow = readGood(
      "executors:\n  - { uses: ./not-here.py, external: true, host: [a, b], port: 1 }\n",
    );
    expect(flow.deployments.map(({ shards, replicas }) => ({ shards, replicas }))).toEqual([
      { shards: 1, replicas: 2 },
    ]);
    expect(planReplicas(flow).replicas.map(({ address }) => address)).toEqual(["gateway/0/0"]);
  });

  test("without a port is refused with its location", () => {
    expect(findings("executors:\n  - external: true\n    host: a\n")).toEqual([
      '3:11 error [invalid-value] executor "executor0": the port of "a" is missing | write "host: [a, b]" and "port: [1, 2]", or "host: [a:1, b:2]"',
    ]);
  });

  test("keys without an effect are reported for external and local executors", () => {
    expect(
      findings("executors:\n  - external: true\n    port: 1\n    shards: 2\n  - tls: true\n"),
    ).toEqual([
      '4:5 warning [no-effect] "shards" of executor "executor0" has no effect: the executor is external',
      '5:5 warning [no-effect] "tls" of executor "executor1" has no effect: the executor is not external',
    ]);
  });
});
