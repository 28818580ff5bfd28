import { describe, expect, test } from "vitest";
import type { Listener } from "../../../src/model/replica.ts";
import { gatewayAddresses } from "../../../src/supervisor/describe/gateway-addresses.ts";

const GRPC: Listener = { protocol: "grpc", port: 1 };
const HTTP: Listener = { protocol: "http", port: 2 };
const SOCKET: Listener = { protocol: "websocket", port: 3 };

describe("addresses are written as clients write them", () => {
  const own: Listener = { protocol: "grpc", port: 9, host: "127.0.0.1" };
  test.each([
    {
      name: "without TLS",
      listeners: [GRPC, HTTP, SOCKET],
      gateway: { host: "::1", isSecure: false },
      want: { grpc: "[::1]:1", http: "http://[::1]:2", websocket: "ws://[::1]:3" },
    },
    {
      name: "with TLS, and a local listener without TLS",
      listeners: [GRPC, HTTP, SOCKET, own],
      gateway: { host: "0.0.0.0", isSecure: true },
      want: {
        grpc: "grpcs://0.0.0.0:1",
        http: "https://0.0.0.0:2",
        websocket: "wss://0.0.0.0:3",
        local: "grpc://127.0.0.1:9",
      },
    },
    {
      name: "the local listener is named grpc where clients have no other",
      listeners: [HTTP, own],
      gateway: { host: "0.0.0.0", isSecure: true },
      want: { http: "https://0.0.0.0:2", grpc: "127.0.0.1:9" },
    },
  ])("$name", ({ listeners, gateway, want }) => {
    expect(gatewayAddresses(listeners, gateway)).toEqual(want);
  });
});
