import type { Listener } from "../../model/replica.ts";
import type { GatewayValues } from "../schema/gateway.ts";

type Protocol = Listener["protocol"];

/** The default ports. Jina picks random ports, which a client cannot know in advance. */
const DEFAULT_PORTS: Readonly<Record<Protocol, number>> = {
  grpc: 8080,
  http: 8081,
  websocket: 8082,
};

/** Returns the listeners of the gateway. `checkListeners` must have passed. */
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

/** The default is gRPC and HTTP. One port without a protocol is a gRPC port, as in Jina. */
export function protocolsOf(gateway: GatewayValues): readonly Protocol[] {
  return (
    gateway.protocol ??
    gateway.protocols ??
    (portsOf(gateway)?.length === 1 ? ["grpc"] : ["grpc", "http"])
  );
}
