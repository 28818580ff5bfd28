import { describe, expect, test } from "vitest";
import type { Listener } from "../../../src/model/replica.ts";
import { withLocalListener } from "../../../src/supervisor/decide/listeners.ts";

const GRPC: Listener = { protocol: "grpc", port: 1 };
const HTTP: Listener = { protocol: "http", port: 2 };
const OWN: Listener = { protocol: "grpc", port: 0, host: "127.0.0.1" };

describe("the door of this machine's own commands", () => {
  test.each([
    {
      name: "is the flow's where it speaks plain gRPC",
      listeners: [GRPC, HTTP],
      isSecure: false,
      want: [GRPC, HTTP],
    },
    {
      name: "is another where the flow speaks HTTP alone",
      listeners: [HTTP],
      isSecure: false,
      want: [HTTP, OWN],
    },
    {
      name: "is another where the flow takes TLS alone",
      listeners: [GRPC],
      isSecure: true,
      want: [GRPC, OWN],
    },
  ])("$name", ({ listeners, isSecure, want }) => {
    expect(withLocalListener(listeners, isSecure)).toEqual(want);
  });
});
