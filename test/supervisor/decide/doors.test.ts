import { describe, expect, test } from "vitest";
import type { Listener } from "../../../src/model/replica.ts";
import { nameDoors, withOwnDoor } from "../../../src/supervisor/decide/doors.ts";

const GRPC: Listener = { protocol: "grpc", port: 1 };
const HTTP: Listener = { protocol: "http", port: 2 };
const SOCKET: Listener = { protocol: "websocket", port: 3 };
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
    expect(withOwnDoor(listeners, isSecure)).toEqual(want);
  });
});

describe("doors are shown as clients write them", () => {
  const own: Listener = { ...OWN, port: 9 };
  test.each([
    {
      name: "plain ones",
      listeners: [GRPC, HTTP, SOCKET],
      gateway: { host: "::1", isSecure: false },
      want: { grpc: "[::1]:1", http: "http://[::1]:2", websocket: "ws://[::1]:3" },
    },
    {
      name: "with TLS, and the plain one of this machine beside them",
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
      name: "the own one as gRPC where clients have no other",
      listeners: [HTTP, own],
      gateway: { host: "0.0.0.0", isSecure: true },
      want: { http: "https://0.0.0.0:2", grpc: "127.0.0.1:9" },
    },
  ])("$name", ({ listeners, gateway, want }) => {
    expect(nameDoors(listeners, gateway)).toEqual(want);
  });
});
