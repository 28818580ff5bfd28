import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { GatewaySpec } from "../../../../src/model/replica.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../fixtures.ts";
import { startGateway, startWorker } from "../../rig.ts";

const MAX_BYTES = 100_000;

async function startFlow(changes: Partial<GatewaySpec> = {}): Promise<number> {
  const worker = await startWorker((documents) => documents);
  const replicas = [makeReplica("echo", worker.target)];
  const echo = makeDeployment("echo", { replicas, endpoints: ["/echo"] });
  const gateway = await startGateway(makeTopology([echo]), {
    listeners: [{ protocol: "http", port: 0 }],
    maxMessageBytes: MAX_BYTES,
    ...changes,
  });
  return gateway.portOf("http");
}

/** Sends bytes on one connection. Returns what the server sends until it closes the connection. */
async function sendRaw(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  for (const part of parts) socket.write(part);
  await once(socket, "close");
  return answer;
}

const BODY = '{"data":[{"id":"a"}]}';

function writePost(path: string, headers: string, body = BODY): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
}

const LENGTH = `Content-Length: ${BODY.length}\r\n`;
const CLOSE = "Connection: close\r\n";

test.each([
  ["a header of 20 KB", writePost("/echo", `X: ${"a".repeat(20_000)}\r\n`), 431, "16 KiB"],
  ["a TLS handshake", "\u0016\u0003\u0001\u0002\u0000", 400, "write http://"],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "gRPC has a port of its own"],
  ["no HTTP", "hello\r\n\r\n", 400, "not valid HTTP"],
  [
    "a chunk without a size",
    writePost("/echo", "Transfer-Encoding: chunked\r\n", "zz\r\n"),
    400,
    "not valid HTTP",
  ],
])("%s is refused with the reason in JSON", async (_, request, status, reason) => {
  const answer = await sendRaw(await startFlow(), Buffer.from(request, "latin1"));
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const { detail } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { detail: string };
  expect(detail).toContain(reason);
});

test.each(["http://example.org/echo", "HTTP://example.org:80/echo"])(
  "the target %s, as clients of a proxy write it, is the path",
  async (target) => {
    const answer = await sendRaw(await startFlow(), writePost(target, LENGTH + CLOSE));
    expect(answer).toContain('"execEndpoint":"/echo"');
  },
);

test("a slash at the end is redirected away, also where it is escaped", async () => {
  const answer = await sendRaw(await startFlow(), writePost("/echo%2F?a=b", LENGTH + CLOSE));
  expect(answer).toMatch(/^HTTP\/1.1 307 [^]*location: \/echo\?a=b\r\n/);
});

test("a redirect cuts the slashes at the end of a path only", async () => {
  const port = await startFlow();
  for (const [path, status] of [
    [`${"/".repeat(10_000)}a/`, 404],
    ["/echo%2f/%2F//", 307],
  ] as const) {
    const answer = await sendRaw(port, writePost(path, LENGTH + CLOSE));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  }
});

test("OPTIONS * lists the methods", async () => {
  const request = `OPTIONS * HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n`;
  expect(await sendRaw(await startFlow(), request)).toMatch(/^HTTP\/1.1 204 [^]*allow: GET/);
});

test("100 Continue is sent only before a body that is accepted", async () => {
  const port = await startFlow();
  const expecting = "Expect: 100-continue\r\n";
  const accepted = await sendRaw(port, writePost("/echo", expecting + LENGTH + CLOSE));
  expect(accepted).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  const socket = connect(port, "127.0.0.1");
  socket.write(writePost("/echo", `${expecting}Content-Length: ${MAX_BYTES + 1}\r\n`, ""));
  const [refused] = (await once(socket, "data")) as [Buffer];
  expect(refused.toString()).toMatch(/^HTTP\/1.1 413 /);
  socket.destroy();
});

test("a client that writes its whole body before it reads gets the refusal", async () => {
  const chunk = Buffer.alloc(MAX_BYTES, "a");
  const chunks = Array.from({ length: 100 }, () => chunk);
  const header = writePost("/echo", `Content-Length: ${100 * MAX_BYTES}\r\n`, "");
  const answer = await sendRaw(await startFlow(), header, ...chunks);
  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect(answer).toContain("more than max_message_size");
});

test.each([
  ["Idempotency-Key: a\r\nIdempotency-Key: b\r\n", "more than one idempotency-key"],
  ["Idempotency-Key:\r\n", "the idempotency-key of the request is empty"],
])("the headers %j are refused", async (headers, reason) => {
  const answer = await sendRaw(await startFlow(), writePost("/echo", headers + LENGTH + CLOSE));
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer).toContain(reason);
});

test("parameters of more than a hundred levels are refused", async () => {
  const body = `{"parameters":{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`;
  const headers = `Content-Length: ${body.length}\r\n${CLOSE}`;
  const port = await startFlow({ maxMessageBytes: 1_000_000 });
  expect(await sendRaw(port, writePost("/echo", headers, body))).toMatch(/^HTTP\/1.1 422 /);
});
