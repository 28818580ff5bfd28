import type { GatewayHello, Listener } from "../../model/replica.ts";

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

/**
 * Returns whether a gateway with these keys may listen where an earlier gateway did: on every
 * stated port, and with no other protocol.
 */
export function fitsListeners(
  stated: { readonly listeners: readonly Listener[] },
  bound: Pick<GatewayHello, "listeners">,
): boolean {
  const isBound = ({ protocol, port }: Listener): boolean =>
    bound.listeners.some(
      (each) => each.protocol === protocol && (port === 0 || each.port === port),
    );
  const isStated = ({ protocol, host }: Listener): boolean =>
    host !== undefined || stated.listeners.some((each) => each.protocol === protocol);
  return stated.listeners.every(isBound) && bound.listeners.every(isStated);
}
