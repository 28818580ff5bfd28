import { createPrivateKey, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { messageOf } from "../../util/error-code.ts";
import type { Draft } from "../draft/draft.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { formatPath, type Path } from "../text/diagnostics.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import type { UsesDeps } from "../uses/parse-uses.ts";

const KEYS = ["ssl_certfile", "ssl_keyfile"] as const;

type TlsKey = (typeof KEYS)[number];
type Pems = { [key in TlsKey]?: string | undefined };

/** Where the files are, and what stands in them. */
export interface TlsDeps extends UsesDeps {
  /** Undefined where nobody can tell. Throws what keeps a file from being read. */
  read(path: string): string | undefined;
}

/** The gateway's certificate and its key come together, are there, and belong together. */
export function checkTls(draft: Draft, files: TlsDeps, { report, locations }: CheckDeps): void {
  const fail = (key: TlsKey, message: string): void => {
    const path = findStated(draft, key) ?? [key];
    report.add({ code: "invalid-value", span: locations.valueAt(path), path, message });
  };
  const pems: Pems = {};
  for (const [index, key] of KEYS.entries()) {
    const file = draft.gateway[key];
    if (file === undefined) continue;
    const other = KEYS[1 - index]!;
    if (draft.gateway[other] === undefined) fail(key, `${key}: TLS needs ${other} too`);
    const found = resolve(files.directory, file);
    if (!files.exists(found)) fail(key, `${key}: ${file} does not exist (looked for ${found})`);
    else
      attempt(
        () => (pems[key] = files.read(found)),
        (reason) => fail(key, `${key}: cannot read ${file}: ${reason}`),
      );
  }
  checkPair(pems, fail);
}

/**
 * The servers would fail with OpenSSL's words alone, which say neither which file nor what is
 * wrong.
 */
function checkPair(pems: Pems, fail: (key: TlsKey, message: string) => void): void {
  const { ssl_certfile: certText, ssl_keyfile: keyText } = pems;
  const certificate = attempt(
    () => (certText === undefined ? undefined : new X509Certificate(certText)),
    (reason) =>
      fail("ssl_certfile", `ssl_certfile: the file is not a certificate in PEM format (${reason})`),
  );
  const key = attempt(
    () => (keyText === undefined ? undefined : createPrivateKey(keyText)),
    (reason) =>
      fail(
        "ssl_keyfile",
        `ssl_keyfile: the file is not a private key in PEM format without a passphrase (${reason})`,
      ),
  );
  if (certificate && key && !certificate.checkPrivateKey(key))
    fail("ssl_keyfile", "ssl_keyfile: the key does not belong to the certificate in ssl_certfile");
}

/** What comes of it; undefined once its failure is told. */
function attempt<Value>(make: () => Value, fail: (reason: string) => void): Value | undefined {
  try {
    return make();
  } catch (error) {
    fail(messageOf(error));
    return undefined;
  }
}

/** Options of Jina's HTTP server are left aside; those that turn TLS on would be missed. */
export function checkServerTls(file: JsonObject, { report, locations }: CheckDeps): void {
  for (const section of ["with", "gateway"]) {
    const options = asMapping(asMapping(file[section])["uvicorn_kwargs"]);
    const key = KEYS.find((name) => Object.hasOwn(options, name));
    if (key === undefined) continue;
    const path = [section, "uvicorn_kwargs", key];
    const message = `${formatPath(path)} does not turn TLS on: jflow does not use uvicorn`;
    const hint = `set ${KEYS.join(" and ")} in "${section}"`;
    report.add({ code: "invalid-value", span: locations.keyAt(path), path, message, hint });
  }
}

function asMapping(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function findStated(draft: Draft, key: string): Path | undefined {
  const section = draft.gatewaySections.find(({ valid }) => Object.hasOwn(valid, key));
  return section && [...section.path, key];
}
