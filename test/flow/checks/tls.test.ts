import { expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

test.each([
  {
    text: "gateway: { ssl_certfile: c.pem }",
    want: "1:26 error [invalid-value] ssl_certfile without ssl_keyfile: TLS needs both",
  },
  {
    text: "with: { ssl_keyfile: k.pem }",
    want: "1:22 error [invalid-value] ssl_keyfile without ssl_certfile: TLS needs both",
  },
  {
    text: "gateway: { ssl_certfile: c.pem, ssl_keyfile: no.pem }",
    want: "1:46 error [invalid-value] ssl_keyfile: no.pem does not exist (looked for /p/no.pem)",
  },
  {
    text: "gateway: { uvicorn_kwargs: { ssl_certfile: c.pem, workers: 2 } }",
    want: "1:30 error [invalid-value] gateway.uvicorn_kwargs.ssl_certfile does not turn TLS on: uvicorn is Jina's HTTP server | write ssl_certfile and ssl_keyfile in gateway itself",
  },
])("$text is refused", ({ text, want }) => {
  const found = findings(`${text}\nexecutors: [{}]`, { files: ["/p/c.pem", "/p/k.pem"] });
  expect(found.filter((line) => line.includes(" error "))).toEqual([want]);
});

test("certificate and key may stand in different sections, beside the flow file", () => {
  const text = "with: { ssl_keyfile: k.pem }\ngateway: { ssl_certfile: c.pem }\nexecutors: [{}]";
  expect(readGood(text, { files: ["/p/c.pem", "/p/k.pem"] }).gateway.tls).toEqual({
    certFile: "/p/c.pem",
    keyFile: "/p/k.pem",
  });
});
