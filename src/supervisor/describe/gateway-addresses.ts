import type { Listener } from "../../model/replica.ts";

const SCHEMES = { grpc: "grpc", http: "http", websocket: "ws" } as const;
const SECURE_SCHEMES = { grpc: "grpcs", http: "https", websocket: "wss" } as const;

/**
 * Returns the addresses of a gateway by protocol. `local` is the listener for the commands of this
 * machine, where clients have another one for gRPC.
 */
export function gatewayAddresses(
  listeners: readonly Listener[],
  gateway: { readonly host: string; readonly isSecure: boolean },
): Readonly<Record<string, string>> {
  const hasGrpc = listeners.some(({ protocol, host }) => protocol === "grpc" && host === undefined);
  return Object.fromEntries(
    listeners.map(({ protocol, port, host }) => {
      if (host === undefined)
        return [protocol, formatAddress(gateway.isSecure, protocol, { host: gateway.host, port })];
      const own = formatAddress(false, protocol, { host, port });
      return hasGrpc ? ["local", `grpc://${own}`] : [protocol, own];
    }),
  );
}

/** An address as clients write it: plain gRPC has no scheme. */
function formatAddress(
  isSecure: boolean,
  protocol: Listener["protocol"],
  { host, port }: { host: string; port: number },
): string {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (isSecure) return `${SECURE_SCHEMES[protocol]}://${address}`;
  return protocol === "grpc" ? address : `${SCHEMES[protocol]}://${address}`;
}
