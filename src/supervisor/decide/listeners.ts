import type { Listener } from "../../model/replica.ts";

const LOOPBACK = "127.0.0.1";

/**
 * Returns the gateway's listeners and one for the commands of this machine: `jflow post` uses plain
 * gRPC. A flow that already has a plain gRPC listener needs no other. The added listener is on a
 * free port of the loopback interface.
 */
export function withLocalListener(
  listeners: readonly Listener[],
  isSecure: boolean,
): readonly Listener[] {
  if (!isSecure && listeners.some(({ protocol }) => protocol === "grpc")) return listeners;
  return [...listeners, { protocol: "grpc", port: 0, host: LOOPBACK }];
}
