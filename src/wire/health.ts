import type { Server, ServerWritableStream, ServiceDefinition } from "@grpc/grpc-js";
import { JflowError } from "../util/errors.ts";
import { ProtoReader } from "../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../util/protobuf/proto-writer.ts";
import { defineMethod } from "./grpc.ts";
import { serveUnary } from "./unary.ts";
import { toGrpcStatus } from "./status.ts";

/**
 * `grpc.health.v1`, implemented here on bytes: the npm package for it loads a reflective codec,
 * which costs each process 60 ms at its start.
 */
const HEALTH = {
  check: defineMethod("/grpc.health.v1.Health/Check", "unary"),
  watch: defineMethod("/grpc.health.v1.Health/Watch", "server-stream"),
} satisfies ServiceDefinition;

/**
 * `ServingStatus` of the protocol
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
 */
type ServingStatus = typeof SERVING | typeof NOT_SERVING | typeof SERVICE_UNKNOWN;
const SERVING = 1;
const NOT_SERVING = 2;
/** The answer to a watch of an unknown service; a check rejects with NOT_FOUND. */
const SERVICE_UNKNOWN = 3;

export const HEALTH_CHECK = HEALTH.check;

type Watcher = ServerWritableStream<Uint8Array, Uint8Array>;

/**
 * The standard health service of one server: NOT_SERVING until `setServing(true)`, the same for
 * each of its services and for the whole server (`""`).
 */
export class HealthService {
  readonly #services: ReadonlySet<string>;
  readonly #watchers = new Map<Watcher, string>();
  #status: ServingStatus = NOT_SERVING;

  /** `services`: the names that a check may ask for. */
  constructor(services: readonly string[]) {
    this.#services = new Set(["", ...services]);
  }

  /** Adds the service to a server that is not bound yet. */
  addTo(server: Server): void {
    server.addService(HEALTH, {
      check: serveUnary(async (request) => this.#check(request)),
      watch: (call: Watcher) => this.#watch(call),
    });
  }

  setServing(isServing: boolean): void {
    const status = isServing ? SERVING : NOT_SERVING;
    if (status === this.#status) return;
    this.#status = status;
    for (const [watcher, service] of this.#watchers)
      if (this.#services.has(service)) watcher.write(encodeStatus(status));
  }

  /** Ends all watches: a server with open calls does not stop. */
  close(): void {
    for (const watcher of this.#watchers.keys()) watcher.end();
    this.#watchers.clear();
  }

  #check(request: Uint8Array): Uint8Array {
    const service = readService(request);
    if (!this.#services.has(service))
      throw new JflowError("NOT_FOUND", `the server has no service ${service}`);
    return encodeStatus(this.#status);
  }

  #watch(call: Watcher): void {
    try {
      const service = readService(call.request);
      this.#watchers.set(call, service);
      call.on("cancelled", () => this.#watchers.delete(call));
      call.write(encodeStatus(this.#services.has(service) ? this.#status : SERVICE_UNKNOWN));
    } catch (error) {
      call.emit("error", toGrpcStatus(error));
    }
  }
}

/** Reads the service name of a health request. Throws `INVALID_ARGUMENT` for malformed bytes. */
function readService(request: Uint8Array): string {
  let service = "";
  try {
    const reader = new ProtoReader(request);
    while (reader.next()) if (reader.field === 1) service = reader.string();
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", "the bytes are not a HealthCheckRequest", {
      cause: error,
    });
  }
  return service;
}

function encodeStatus(status: ServingStatus): Uint8Array {
  return new ProtoWriter(8).uint(1, status).finish();
}

/** Returns whether a health answer is SERVING. Throws `RangeError` for malformed bytes. */
export function isServingAnswer(bytes: Uint8Array): boolean {
  const reader = new ProtoReader(bytes);
  let status = 0;
  while (reader.next()) {
    if (reader.field === 1) status = reader.uint();
  }
  return status === SERVING;
}
