import type { Listener } from "../../model/replica.ts";
import type { GatewayValues } from "../schema/gateway.ts";

type Protocol = Listener["protocol"];

/**
 * Where a gateway listens unless told. Jina takes a random port, which nobody can write into a
 * client.
 */
const DEFAULT_PORTS: Readonly<Record<Protocol, number>> = {
  grpc: 8080,
  http: 8081,
  websocket: 8082,
};

/** The gateway's front doors. Only right for a draft that `checkListeners` has no objection to. */
export function resolveListeners(gateway: GatewayValues): readonly Listener[] {
  const ports = portsOf(gateway);
  return protocolsOf(gateway).map((protocol, index) => ({
    protocol,
    port: ports?.[index] ?? DEFAULT_PORTS[protocol],
  }));
}

export function portsOf(gateway: GatewayValues): readonly number[] | undefined {
  return gateway.port ?? gateway.ports ?? gateway.port_expose;
}

/** Without `protocol` and `port` gRPC and HTTP; with a port alone it is gRPC's, as in Jina. */
export function protocolsOf(gateway: GatewayValues): readonly Protocol[] {
  return (
    gateway.protocol ??
    gateway.protocols ??
    (portsOf(gateway) === undefined ? ["grpc", "http"] : ["grpc"])
  );
}
