import type { ServiceDefinition } from "@grpc/grpc-js";
import { JflowError } from "../../util/errors.ts";
import { defineMethod } from "../grpc.ts";
import { MAX_SOCKET_PATH_BYTES } from "../../util/limits/processes.ts";

/** The service on the supervisor's Unix socket (`protos/jflow.proto`). */
export const CONTROL = {
  register: defineMethod("/jflow.Control/Register", "bidi"),
  follow: defineMethod("/jflow.Control/Follow", "bidi"),
  ask: defineMethod("/jflow.Control/Ask", "unary"),
  watch: defineMethod("/jflow.Control/Watch", "bidi"),
} satisfies ServiceDefinition;

/**
 * Returns the address of a Unix socket for gRPC. Throws `INVALID_ARGUMENT` for a path that is too
 * long.
 */
export function socketAddress(path: string): string {
  const length = Buffer.byteLength(path);
  if (length > MAX_SOCKET_PATH_BYTES) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `the socket path ${path} has ${length} bytes, and at most ${MAX_SOCKET_PATH_BYTES} are possible: set XDG_RUNTIME_DIR to a shorter folder`,
    );
  }
  return `unix:${path}`;
}
