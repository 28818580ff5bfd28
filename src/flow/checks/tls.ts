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

/** Access to the certificate and the key. */
export interface TlsDeps extends UsesDeps {
  /** Returns `undefined` if the text is not known. Throws why a file cannot be read. */
  read(path: string): string | undefined;
}

/** Checks that certificate and key are both given, exist and belong together. */
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
 * Checks the contents of the files. The servers would report OpenSSL's message without the name of
 * the file.
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

/** Returns the result of `make`, or `undefined` after `fail` was called with the reason. */
function attempt<Value>(make: () => Value, fail: (reason: string) => void): Value | undefined {
  try {
    return make();
  } catch (error) {
    fail(messageOf(error));
    return undefined;
  }
}

/**
 * Reports TLS options of Jina's HTTP server. They have no effect here, and a flow without TLS must
 * not pass for one with TLS.
 */
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
