import type { Server, ServerWritableStream, ServiceDefinition } from "@grpc/grpc-js";
import { JflowError } from "../util/errors.ts";
import { ProtoReader } from "../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../util/protobuf/proto-writer.ts";
import { defineMethod } from "./grpc.ts";
import { serveUnary } from "./jina/unary.ts";
import { toGrpcStatus } from "./status.ts";

/**
 * `grpc.health.v1`: written here, on bytes, because the package for it loads a reflective codec at
 * start, which costs each child 60 ms.
 */
const HEALTH = {
  check: defineMethod("/grpc.health.v1.Health/Check", "unary"),
  watch: defineMethod("/grpc.health.v1.Health/Watch", "server-stream"),
} satisfies ServiceDefinition;

const SERVING = 1;
const NOT_SERVING = 2;
/** What a watch of a service says that is not there; a check says NOT_FOUND. */
const SERVICE_UNKNOWN = 3;

/** The paths a client needs. */
export const HEALTH_CHECK = HEALTH.check;

/**
 * The standard health service of one server: NOT_SERVING until told otherwise, the same for each of
 * its services and for the server (`""`).
 */
export interface Health {
  setServing(serving: boolean): void;
  /** Ends all watches: a server with open calls does not stop. */
  close(): void;
}

type Watcher = ServerWritableStream<Uint8Array, Uint8Array>;

/**
 * Adds the health service to a server that is not bound yet. `services` are those that it answers
 * for.
 */
export function addHealth(server: Server, services: readonly string[]): Health {
  const known = new Set(["", ...services]);
  const watchers = new Map<Watcher, string>();
  let serving = false;
  const stateOf = (service: string): number =>
    known.has(service) ? (serving ? SERVING : NOT_SERVING) : SERVICE_UNKNOWN;
  server.addService(HEALTH, {
    check: serveUnary(async (request) => {
      const service = readService(request);
      if (!known.has(service))
        throw new JflowError("NOT_FOUND", `there is no service ${service} here`);
      return encodeState(stateOf(service));
    }),
    watch: (call: Watcher) => {
      try {
        const service = readService(call.request);
        watchers.set(call, service);
        call.on("cancelled", () => watchers.delete(call));
        call.write(encodeState(stateOf(service)));
      } catch (error) {
        call.emit("error", toGrpcStatus(error));
      }
    },
  });
  return {
    setServing(now) {
      if (now === serving) return;
      serving = now;
      for (const [watcher, service] of watchers)
        if (known.has(service)) watcher.write(encodeState(stateOf(service)));
    },
    close() {
      for (const watcher of watchers.keys()) watcher.end();
      watchers.clear();
    },
  };
}

/** The name in a health request. Throws `INVALID_ARGUMENT` for malformed bytes. */
function readService(request: Uint8Array): string {
  let service = "";
  try {
    const reader = new ProtoReader(request);
    while (reader.next()) if (reader.field === 1) service = reader.string();
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", "not a health request", { cause: error });
  }
  return service;
}

function encodeState(state: number): Uint8Array {
  return new ProtoWriter(8).uint(1, state).finish();
}

/** Whether a health answer says SERVING. Throws `RangeError` for malformed bytes. */
export function isServingAnswer(bytes: Uint8Array): boolean {
  const reader = new ProtoReader(bytes);
  let status = 0;
  while (reader.next()) {
    if (reader.field === 1) status = reader.uint();
  }
  return status === SERVING;
}
