import { resolve } from "node:path";
import type { Draft } from "../draft.ts";
import type { Checking } from "../schema/read-keys.ts";
import { formatPath } from "../text/diagnostics.ts";
import type { Path } from "../text/diagnostics.ts";
import { isMapping } from "../text/mapping.ts";
import type { Mapping } from "../text/mapping.ts";
import type { UsesPlace } from "../uses.ts";

const KEYS = ["ssl_certfile", "ssl_keyfile"] as const;

/** The gateway's certificate and its key come together, and are there. */
export function checkTls(draft: Draft, place: UsesPlace, { report, places }: Checking): void {
  for (const [index, key] of KEYS.entries()) {
    const file = draft.gateway[key];
    const path = findStated(draft, key);
    if (file === undefined || path === undefined) continue;
    const at = { code: "invalid-value", span: places.valueAt(path), path } as const;
    const other = KEYS[1 - index]!;
    if (draft.gateway[other] === undefined) {
      report.add({ ...at, message: `${key} without ${other}: TLS needs both` });
    }
    const found = resolve(place.directory, file);
    if (!place.exists(found)) report.add({ ...at, message: `${key}: ${file} does not exist (looked for ${found})` });
  }
}

/** Options of Jina's HTTP server are left aside; those that turn TLS on would be missed. */
export function checkServerTls(file: Mapping, { report, places }: Checking): void {
  for (const section of ["with", "gateway"]) {
    const options = asMapping(asMapping(file[section])["uvicorn_kwargs"]);
    const key = KEYS.find((name) => Object.hasOwn(options, name));
    if (key === undefined) continue;
    const path = [section, "uvicorn_kwargs", key];
    const message = `${formatPath(path)} does not turn TLS on: uvicorn is Jina's HTTP server`;
    const hint = `write ${KEYS.join(" and ")} in ${section} itself`;
    report.add({ code: "invalid-value", span: places.keyAt(path), path, message, hint });
  }
}

function asMapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

function findStated(draft: Draft, key: string): Path | undefined {
  const section = draft.gatewaySections.find(({ right }) => Object.hasOwn(right, key));
  return section && [...section.path, key];
}
