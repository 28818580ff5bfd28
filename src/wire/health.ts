import type { Metadata, Server, ServerWritableStream, ServiceDefinition } from "@grpc/grpc-js";
import { ProtoReader } from "../util/protobuf.ts";
import { ProtoWriter } from "../util/proto-writer.ts";
import { defineMethod } from "./grpc.ts";

/** `grpc.health.v1`: written here, on bytes, because the package for it loads a reflective codec at start, which costs each child 60 ms. */
const HEALTH = {
  check: defineMethod("/grpc.health.v1.Health/Check", "unary"),
  watch: defineMethod("/grpc.health.v1.Health/Watch", "server-stream"),
} satisfies ServiceDefinition;

const SERVING = 1;
const NOT_SERVING = 2;

/** The paths a client needs. */
export const HEALTH_CHECK = HEALTH.check;

/** The standard health service of one server: NOT_SERVING until told otherwise, the same for every service name. */
export interface Health {
  setServing(serving: boolean): void;
  /** Ends all watches: a server with open calls does not stop. */
  close(): void;
}

type Watcher = ServerWritableStream<Uint8Array, Uint8Array>;

/** Adds the health service to a server that is not bound yet. */
export function addHealth(server: Server): Health {
  let serving = false;
  const watchers = new Set<Watcher>();
  const answer = (): Uint8Array => new ProtoWriter(8).uint(1, serving ? SERVING : NOT_SERVING).finish();
  server.addService(HEALTH, {
    check: (_call: unknown, callback: (error: null, response: Uint8Array, trailer?: Metadata) => void) =>
      callback(null, answer()),
    watch: (call: Watcher) => {
      watchers.add(call);
      call.on("cancelled", () => watchers.delete(call));
      call.write(answer());
    },
  });
  return {
    setServing(now) {
      if (now === serving) return;
      serving = now;
      for (const watcher of watchers) watcher.write(answer());
    },
    close() {
      for (const watcher of watchers) watcher.end();
      watchers.clear();
    },
  };
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
