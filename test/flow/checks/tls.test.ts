import { expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

test.each([
  {
    text: "gateway: { ssl_certfile: c.pem }",
    want: "1:26 error [invalid-value] ssl_certfile: TLS needs ssl_keyfile too",
  },
  {
    text: "with: { ssl_keyfile: k.pem }",
    want: "1:22 error [invalid-value] ssl_keyfile: TLS needs ssl_certfile too",
  },
  {
    text: "gateway: { ssl_certfile: c.pem, ssl_keyfile: no.pem }",
    want: "1:46 error [invalid-value] ssl_keyfile: no.pem does not exist (looked for /p/no.pem)",
  },
  {
    text: "gateway: { uvicorn_kwargs: { ssl_certfile: c.pem, workers: 2 } }",
    want: '1:30 error [invalid-value] gateway.uvicorn_kwargs.ssl_certfile does not turn TLS on: jflow does not use uvicorn | set ssl_certfile and ssl_keyfile in "gateway"',
  },
])("$text is refused", ({ text, want }) => {
  const found = findings(`${text}\nexecutors: [{}]`, { files: ["/p/c.pem", "/p/k.pem"] });
  expect(found.filter((line) => line.includes(" error "))).toEqual([want]);
});

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhQS2etFg/ug79yL5oLct/3UVD335TAFBgMrZXAwDzENMAsG
A1UEAwwEdGVzdDAeFw0yNjExMjQxOTEwNTlaFw0zNjExMjExOTEwNTlaMA8xDTAL
BgNVBAMMBHRlc3QwKjAFBgMrZXADIQCm+Vm/pyS6Wj/JkD77bANGctOzEj9NaXxk
NaxHxXd5LKNTMFEwHQYDVR0OBBYEFIbYt6mVLhbi4rKTpCwwNpg1Ly3IMB8GA1Ud
IwQYMBaAFIbYt6mVLhbi4rKTpCwwNpg1Ly3IMA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EAEbsllA65weHAHgC2QlLNWRIfiBWFwJ0Ts1NkEim21zX59ITs2j8qwEIC
habKwIVyWLl9IXUD8B7W22l2ftySDg==
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHViSzjdsWRQbsh2m8cr3O2Py6hPhDpl2itBo1rNeXqw
-----END PRIVATE KEY-----
`;
const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIE9ZcjYQ6aSOzBm2qlV5JqKPJhmrGR5XATNXpFudL/Vq
-----END PRIVATE KEY-----
`;
const LOCKED_KEY = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAis94ZGJp8glAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEE3ZOVI/w0u/sqxVoFnahA0EQFlx
pyWsX1QarO1vNPHx7XfqRjb6t5zVL703kXVOyNFzmTd/T0AtvjhnbNJcrFuhXjAR
pqF803Tz1UZwZvkOOfk=
-----END ENCRYPTED PRIVATE KEY-----
`;

/** The errors of a flow with these two files. */
function judge(cert: string, key: string): readonly string[] {
  const textList: Readonly<Record<string, string>> = { "/p/c.pem": cert, "/p/k.pem": key };
  const text = "gateway: { ssl_certfile: c.pem, ssl_keyfile: k.pem }\nexecutors: [{}]";
  return findings(text, { files: Object.keys(textList), read: (path) => textList[path] });
}

test.each([
  { what: "a certificate and its key", files: [CERTIFICATE, KEY], want: [] },
  { what: "both in one file", files: [KEY + CERTIFICATE, CERTIFICATE + KEY], want: [] },
  {
    what: "another key",
    files: [CERTIFICATE, OTHER_KEY],
    want: [/^1:46 .* ssl_keyfile: the key does not belong to the certificate in ssl_certfile$/],
  },
  {
    what: "a key with a passphrase",
    files: [CERTIFICATE, LOCKED_KEY],
    want: [
      /^1:46 .* ssl_keyfile: the file is not a private key in PEM format without a passphrase \(/,
    ],
  },
  {
    what: "files that are swapped",
    files: [KEY, CERTIFICATE],
    want: [
      /^1:26 .* ssl_certfile: the file is not a certificate in PEM format \(/,
      /^1:46 .* ssl_keyfile: the file is not a private key in PEM format/,
    ],
  },
  {
    what: "an empty certificate",
    files: ["", KEY],
    want: [/^1:26 .* ssl_certfile: the file is not a certificate in PEM format \(/],
  },
])(
  "certificate and key that do not belong together are refused: $what",
  ({ files: [cert = "", key = ""], want }) => {
    expect(judge(cert, key)).toEqual(
      want.map((pattern) => expect.stringMatching(pattern) as unknown),
    );
  },
);

test("a file that cannot be read is reported with the reason", () => {
  const read = (path: string): string | undefined => {
    if (path === "/p/.env") return undefined;
    throw new Error(`EACCES: permission denied, open '${path}'`);
  };
  const text = "gateway: { ssl_certfile: c.pem, ssl_keyfile: k.pem }\nexecutors: [{}]";
  expect(findings(text, { files: ["/p/c.pem", "/p/k.pem"], read })).toEqual([
    "1:26 error [invalid-value] ssl_certfile: cannot read c.pem: EACCES: permission denied, open '/p/c.pem'",
    "1:46 error [invalid-value] ssl_keyfile: cannot read k.pem: EACCES: permission denied, open '/p/k.pem'",
  ]);
});

test("certificate and key may be in different sections, relative to the flow file", () => {
  const text = "with: { ssl_keyfile: k.pem }\ngateway: { ssl_certfile: c.pem }\nexecutors: [{}]";
  expect(readGood(text, { files: ["/p/c.pem", "/p/k.pem"] }).gateway.tls).toEqual({
    certFile: "/p/c.pem",
    keyFile: "/p/k.pem",
  });
});
