import { countOf } from "../../util/text/count-of.ts";
import type { Draft } from "../draft/draft.ts";
import { PORT_KEYS, PROTOCOL_KEYS, SYNONYMS } from "../schema/gateway.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { portsOf, protocolsOf, resolveListeners } from "../resolve/listeners.ts";
import type { Path } from "../text/diagnostics.ts";

/**
 * Checks that there is one port per protocol, that no port is used twice (by listeners, executors
 * or the admin server), and that no key is given under two names.
 */
export function checkListeners(draft: Draft, deps: CheckDeps): void {
  reportSynonyms(draft, deps);
  if (!reportCounts(draft, deps)) reportPortsUsedTwice(draft, deps);
}

/** Returns the path of the first of `keys` that the file states. `gateway` comes before `with`. */
function findStated(draft: Draft, keys: readonly string[]): Path | undefined {
  const paths = draft.gatewaySections.flatMap(({ path, valid }) =>
    keys.filter((key) => Object.hasOwn(valid, key)).map((key) => [...path, key]),
  );
  return paths[0];
}

function reportSynonyms(draft: Draft, { report, locations }: CheckDeps): void {
  for (const { path, valid } of draft.gatewaySections) {
    for (const words of SYNONYMS) {
      const [first, second] = words.filter((word) => Object.hasOwn(valid, word));
      if (first === undefined || second === undefined) continue;
      const at = [...path, second];
      const message = `"${first}" and "${second}" are two names of one key`;
      report.add({
        code: "listener",
        span: locations.keyAt(at),
        path: at,
        message,
        hint: `keep "${first}"`,
      });
    }
  }
}

function reportCounts(draft: Draft, { report, locations }: CheckDeps): boolean {
  const path = findStated(draft, PORT_KEYS);
  const ports = portsOf(draft.gateway)?.length ?? 0;
  const protocols = protocolsOf(draft.gateway).length;
  if (path === undefined || ports === protocols) return false;
  const isStated = findStated(draft, PROTOCOL_KEYS) !== undefined;
  const stated = isStated ? countOf(protocols, "protocol") : "no protocol";
  const message = `${countOf(ports, "port")} and ${stated}: each protocol needs one port`;
  const hint = 'for example "protocol: [grpc, http]" and "port: [8080, 8081]"';
  report.add({ code: "listener", span: locations.valueAt(path), path, message, hint });
  return true;
}

function reportPortsUsedTwice(draft: Draft, { report, locations }: CheckDeps): void {
  const stated = findStated(draft, PORT_KEYS) ?? findStated(draft, PROTOCOL_KEYS) ?? ["gateway"];
  const used = new Map<number, string>();
  const claim = (port: number, user: string, path: Path): void => {
    const other = used.get(port);
    const message = `port ${port} is used twice: by ${other} and by ${user}`;
    if (other !== undefined)
      report.add({ code: "listener", span: locations.valueAt(path), path, message });
    // Port 0 is another free port each time.
    if (port !== 0) used.set(port, user);
  };
  for (const [index, { protocol, port }] of resolveListeners(draft.gateway).entries()) {
    claim(port, protocol, [...stated, index]);
  }
  for (const { name, path, values } of draft.executors.filter(
    ({ values: { external } }) => !external,
  )) {
    for (const [index, port] of values.port.entries())
      claim(port, `executor "${name}"`, [...path, "port", index]);
  }
  claim(
    draft.gateway.admin_port,
    "the admin interface",
    findStated(draft, ["admin_port"]) ?? ["gateway"],
  );
}
