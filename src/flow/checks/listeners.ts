import type { Listener } from "../../model/replica.ts";
import type { Draft } from "../draft.ts";
import type { GatewayValues, Protocol } from "../schema/gateway.ts";
import type { Checking, KeysRead } from "../schema/read-keys.ts";
import type { Path } from "../text/diagnostics.ts";

/** Where a gateway listens unless told. Jina takes a random port, which nobody can write into a client. */
const DEFAULT_PORTS: Readonly<Record<Protocol, number>> = { grpc: 8080, http: 8081, websocket: 8082 };
/** Without `protocol` and `port`; with a port alone it is gRPC's, as in Jina. */
const DEFAULT_PROTOCOLS: readonly Protocol[] = ["grpc", "http"];

/** A value of the gateway and where the file states it. */
interface Stated<T> {
  readonly value: T;
  readonly path: Path;
}

/** The value of the first of `keys` that `gateway` gives, else that `with` gives. */
function findStated<K extends keyof GatewayValues & string>(
  draft: Draft,
  keys: readonly K[],
): Stated<NonNullable<GatewayValues[K]>> | undefined {
  for (const section of [draft.gateway, draft.with] as readonly KeysRead<GatewayValues>[]) {
    const key = keys.find((candidate) => section.given.has(candidate));
    const value = key === undefined ? undefined : section.values[key];
    if (key !== undefined && value !== undefined && value !== null) return { value, path: [...section.path, key] };
  }
  return undefined;
}

const PROTOCOL_KEYS = ["protocol", "protocols"] as const;
const PORT_KEYS = ["port", "ports", "port_expose"] as const;

/** The gateway's front doors. Only right for a draft that `checkListeners` has no objection to. */
export function resolveListeners(draft: Draft): readonly Listener[] {
  const ports = findStated(draft, PORT_KEYS)?.value;
  const protocols =
    findStated(draft, PROTOCOL_KEYS)?.value ?? (ports === undefined ? DEFAULT_PROTOCOLS : (["grpc"] as const));
  return protocols.map((protocol, index) => ({ protocol, port: ports?.[index] ?? DEFAULT_PORTS[protocol] }));
}

/** As many ports as protocols, each port once, the admin port apart from them, one word for each. */
export function checkListeners(draft: Draft, checking: Checking): void {
  for (const section of [draft.gateway, draft.with]) {
    for (const keys of [PROTOCOL_KEYS, PORT_KEYS]) reportSynonyms(section, keys, checking);
  }
  const ports = findStated(draft, PORT_KEYS);
  const protocols = findStated(draft, PROTOCOL_KEYS);
  const { report, places } = checking;
  const protocolCount = protocols?.value.length ?? 1;
  if (ports && ports.value.length !== protocolCount) {
    const protocolText = protocols ? `${protocolCount} in protocol` : "no protocol";
    report.add({
      code: "listener",
      span: places.valueAt(ports.path),
      path: ports.path,
      message: `${ports.value.length} in port and ${protocolText}: each port is one protocol's`,
      hint: "protocol: [grpc, http] with port: [8080, 8081]",
    });
    return;
  }
  reportPortsUsedTwice(draft, ports?.path ?? protocols?.path ?? ["gateway"], checking);
}

function reportSynonyms(section: KeysRead<GatewayValues>, keys: readonly string[], { report, places }: Checking): void {
  const [first, second] = keys.filter((key) => section.given.has(key));
  if (first === undefined || second === undefined) return;
  const path = [...section.path, second];
  report.add({
    code: "listener",
    span: places.keyAt(path),
    path,
    message: `"${first}" and "${second}" are two words for one thing`,
    hint: `keep "${first}"`,
  });
}

function reportPortsUsedTwice(draft: Draft, path: Path, { report, places }: Checking): void {
  const used = new Map<number, string>();
  for (const [index, { protocol, port }] of resolveListeners(draft).entries()) {
    const other = used.get(port);
    if (other !== undefined) {
      const at = [...path, index];
      report.add({
        code: "listener",
        span: places.valueAt(at),
        path: at,
        message: `port ${port} is used twice: for ${other} and for ${protocol}`,
      });
    }
    if (port !== 0) used.set(port, protocol);
  }
  const admin = findStated(draft, ["admin_port"]);
  const other = admin ? used.get(admin.value) : undefined;
  if (admin && other !== undefined) {
    report.add({
      code: "listener",
      span: places.valueAt(admin.path),
      path: admin.path,
      message: `port ${admin.value} is used twice: for ${other} and for the admin interface`,
    });
  }
}
