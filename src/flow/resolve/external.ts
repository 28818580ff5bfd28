import { isHostName, isIpv6 } from "../schema/values/host.ts";

/** The address of one replica of an external deployment. */
export interface ExternalAddress {
  /** `host:port`. */
  readonly target: string;
  readonly tls: boolean;
}

/** The address as the file states it. */
interface StatedAddress {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly tls: boolean;
}

interface Host {
  readonly name: string;
  readonly port?: number;
  readonly tls: boolean;
}

const LOOPBACK = "127.0.0.1";
/** Jina's default host. A server can listen on it, but a client cannot call it. */
const ANY_HOST = "0.0.0.0";
const MAX_PORT = 65_535;
const SECURE = /^(?:grpcs|https|wss):$/;

/**
 * Lists the replicas of an external deployment. Each host is paired with the port at the same
 * index; a single host or port is used for all. A host may contain its port (`a:1`) and a scheme
 * (`grpcs://a:1`). Returns a text if the hosts and ports are not valid.
 */
export function listExternalAddresses({
  host,
  port,
  tls,
}: StatedAddress): readonly ExternalAddress[] | string {
  const hosts: Host[] = [];
  for (const text of host.length === 0 ? [LOOPBACK] : host) {
    const read = readHost(text);
    if (read === undefined) return `"${text}" is not a valid host`;
    hosts.push(read);
  }
  const count = Math.max(hosts.length, port.length);
  if ([hosts.length, port.length].some((length) => length > 1 && length !== count))
    return `${hosts.length} hosts do not match ${port.length} ports: give one host, one port, or as many ports as hosts`;
  const locations = Array.from({ length: count }, (_, index) =>
    placeAt(takeFrom(hosts, index)!, takeFrom(port, index)),
  );
  return (
    findFault(locations) ??
    locations.map(({ name, port: atPort, tls: own }) => ({
      target: `${name}:${atPort}`,
      tls: tls || own,
    }))
  );
}

/** A list with one entry gives the same value for every index. */
function takeFrom<T>(list: readonly T[], index: number): T | undefined {
  return list.length === 1 ? list[0] : list[index];
}

function placeAt(host: Host, port: number | undefined): Host {
  return host.port === undefined && port !== undefined ? { ...host, port } : host;
}

function findFault(locations: readonly Host[]): string | undefined {
  const open = locations.find(({ port }) => port === undefined);
  if (open) return `the port of "${open.name}" is missing`;
  const targets = locations.map(({ name, port }) => `${name}:${port}`);
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  return twice === undefined ? undefined : `"${twice}" is listed twice`;
}

const HOST = /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(.*)$/i;
const HOST_AND_PORT = /^(\[[^\]]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?\/?$/;

/** Reads `host`, `host:port`, `scheme://host:port`, `[::1]:port` and `::1`. */
function readHost(text: string): Host | undefined {
  const [, scheme = "", rest = ""] = HOST.exec(text) ?? [];
  const tls = SECURE.test(scheme.toLowerCase());
  const host = isIpv6(rest) ? { name: `[${rest}]` } : readHostAndPort(rest);
  return host && { ...host, tls };
}

function readHostAndPort(text: string): Omit<Host, "tls"> | undefined {
  const [, stated = "", digits] = HOST_AND_PORT.exec(text) ?? [];
  if (!isHost(stated)) return undefined;
  const name = stated === ANY_HOST ? LOOPBACK : stated;
  if (digits === undefined) return { name };
  return isPort(Number(digits)) ? { name, port: Number(digits) } : undefined;
}

function isHost(name: string): boolean {
  return name.startsWith("[") ? isIpv6(name.slice(1, -1)) : isHostName(name);
}

function isPort(port: number): boolean {
  return port >= 1 && port <= MAX_PORT;
}
