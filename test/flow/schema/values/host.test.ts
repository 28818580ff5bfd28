import { expect, test } from "vitest";
import { findings, readGood } from "../../reading.ts";

test.each([
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["0.0.0.0", "0.0.0.0"],
  ["my-host.example.org", "my-host.example.org"],
])("the gateway listens on %s as %s", (host, want) => {
  expect(readGood(`gateway: { host: "${host}" }`).gateway.host).toBe(want);
});

test.each([
  ["http://127.0.0.1", "expected a host without a scheme or path, such as 127.0.0.1"],
  ["127.0.0.1:8080", 'expected a host without a port, which is the key "port"'],
  ["127.0.0.256", "expected a host, such as 127.0.0.1, ::1 or a name"],
  ["[::g]", "expected a host, such as 127.0.0.1, ::1 or a name"],
  ["a b", "expected a host, such as 127.0.0.1, ::1 or a name"],
  ["", "expected a host, such as 127.0.0.1, ::1 or a name"],
])("the host %j is refused with its key and line", (host, want) => {
  expect(findings(`gateway:\n  host: "${host}"\n`)).toEqual([
    `2:9 error [invalid-value] gateway.host: ${want}, got ${JSON.stringify(host)}`,
  ]);
});

test("two ports without a protocol are those of grpc and http, and one port is that of grpc", () => {
  expect(readGood("gateway: { port: [1, 2] }").gateway.listeners).toEqual([
    { protocol: "grpc", port: 1 },
    { protocol: "http", port: 2 },
  ]);
  expect(readGood("with: { port_expose: 1 }").gateway.listeners).toEqual([
    { protocol: "grpc", port: 1 },
  ]);
});
