import { describe, expect, test } from "vitest";
import type { Listener } from "../../../src/model/replica.ts";
import { fitsListeners, withLocalListener } from "../../../src/supervisor/decide/listeners.ts";

const GRPC: Listener = { protocol: "grpc", port: 1 };
const HTTP: Listener = { protocol: "http", port: 2 };
const OWN: Listener = { protocol: "grpc", port: 0, host: "127.0.0.1" };

describe("the listener for the commands of this machine", () => {
  test.each([
    {
      name: "is the flow's plain gRPC listener",
      listeners: [GRPC, HTTP],
      isSecure: false,
      want: [GRPC, HTTP],
    },
    {
      name: "is added to a flow with HTTP only",
      listeners: [HTTP],
      isSecure: false,
      want: [HTTP, OWN],
    },
    {
      name: "is added to a flow with TLS only",
      listeners: [GRPC],
      isSecure: true,
      want: [GRPC, OWN],
    },
  ])("$name", ({ listeners, isSecure, want }) => {
    expect(withLocalListener(listeners, isSecure)).toEqual(want);
  });
});

const BOUND = {
  listeners: [
    { protocol: "http", port: 8080 },
    { protocol: "grpc", port: 41_000, host: "127.0.0.1" },
  ],
} as const;

test.each([
  { listeners: [{ protocol: "http", port: 8080 }], fits: true },
  { listeners: [{ protocol: "http", port: 0 }], fits: true },
  { listeners: [{ protocol: "http", port: 8081 }], fits: false },
  { listeners: [{ protocol: "websocket", port: 0 }], fits: false },
  { listeners: [{ protocol: "grpc", port: 0 }], fits: false },
] as const)(
  "a later gateway keeps the ports if its file allows them: %j",
  ({ fits, ...stated }) => {
    expect(fitsListeners(stated, BOUND)).toBe(fits);
  },
);
