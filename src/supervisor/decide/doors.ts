import type { Listener } from "../../model/replica.ts";

const LOOPBACK = "127.0.0.1";
const SCHEMES = { grpc: "grpc", http: "http", websocket: "ws" } as const;
const SECURE_SCHEMES = { grpc: "grpcs", http: "https", websocket: "wss" } as const;

/**
 * The gateway's listeners with one for this machine's own commands: `jflow post` speaks plain gRPC.
 * A flow without such a listener, or with one that takes TLS alone, gets one on a free port, on
 * this machine alone.
 */
export function withOwnDoor(
  listeners: readonly Listener[],
  isSecure: boolean,
): readonly Listener[] {
  if (!isSecure && listeners.some(({ protocol }) => protocol === "grpc")) return listeners;
  return [...listeners, { protocol: "grpc", port: 0, host: LOOPBACK }];
}

/**
 * Where a gateway at `host` answers: by protocol, and `local` for the commands' own door where
 * clients have another for gRPC.
 */
export function nameDoors(
  listeners: readonly Listener[],
  gateway: { readonly host: string; readonly isSecure: boolean },
): Readonly<Record<string, string>> {
  const hasGrpc = listeners.some(({ protocol, host }) => protocol === "grpc" && host === undefined);
  return Object.fromEntries(
    listeners.map(({ protocol, port, host }) => {
      if (host === undefined)
        return [protocol, formatDoor(gateway.isSecure, protocol, { host: gateway.host, port })];
      const own = formatDoor(false, protocol, { host, port });
      return hasGrpc ? ["local", `grpc://${own}`] : [protocol, own];
    }),
  );
}

/** The address as clients write it: plain gRPC has no scheme. */
function formatDoor(
  isSecure: boolean,
  protocol: Listener["protocol"],
  { host, port }: { host: string; port: number },
): string {
  const place = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (isSecure) return `${SECURE_SCHEMES[protocol]}://${place}`;
  return protocol === "grpc" ? place : `${SCHEMES[protocol]}://${place}`;
}
