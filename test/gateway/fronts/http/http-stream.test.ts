import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { sendEvents } from "../../../../src/gateway/fronts/http/event-stream.ts";
import { encodeV2Document } from "../../../../src/document/v2/json-to-v2.ts";
import { writeV2Document } from "../../../../src/document/v2/v2-to-json.ts";
import { Document } from "../../../../src/document/document.ts";
import { JflowError } from "../../../../src/util/errors.ts";
import { openPromise } from "../../../rig/asynchronous.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../fixtures.ts";
import { closeAfterwards, startGateway } from "../../rig.ts";
import { answer, startStreamer, type Streamer, type StreamMethod } from "../../streamer.ts";

const PROMPT = {
  title: "Prompt",
  type: "object",
  properties: {
    id: { type: "string" },
    text: { type: "string" },
    count: { type: "integer" },
    weight: { type: "number" },
    loud: { type: "boolean" },
  },
};
const SCHEMA = { input: PROMPT, output: PROMPT };
const token = (text: string): Uint8Array => answer(encodeV2Document({ id: text, text }, PROMPT));

async function* two(): AsyncGenerator<Uint8Array> {
  yield token("a");
  yield token("b\nc");
}

async function startFlow(method: StreamMethod = two): Promise<{ url: string; streamer: Streamer }> {
  const streamer = await startStreamer(method);
  const deployment = makeDeployment("one", {
    endpoints: ["/stream", "/plain"],
    schemas: { "/stream": { ...SCHEMA, isGenerator: true }, "/plain": SCHEMA },
    replicas: [makeReplica("one", streamer.target, { wire: "jina" })],
  });
  const gateway = await startGateway(makeTopology([deployment]), {
    listeners: [{ protocol: "http", port: 0 }],
  });
  return { url: `http://127.0.0.1:${gateway.portOf("http")}`, streamer };
}

const sent = ({ seen }: Streamer): unknown => {
  const { id, ...others } = JSON.parse(writeV2Document(seen[0]!.request.document!)) as Record<
    string,
    unknown
  >;
  return [typeof id, others];
};

test("each document is an event as Jina writes it, and the last event is the end", async () => {
  const { url } = await startFlow();
  const response = await fetch(`${url}/stream?text=hi`);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/event-stream; charset=utf-8",
  ]);
  expect(await response.text()).toBe(
    'event: update\r\ndata: {"id":"a","text":"a"}\r\n\r\n' +
      'event: update\r\ndata: {"id":"b\\nc","text":"b\\nc"}\r\n\r\n' +
      "event: end\r\n\r\n",
  );
});

test("the query's parameters are what the schema says", async () => {
  const { url, streamer } = await startFlow();
  await (await fetch(`${url}/stream?text=7&count=7&weight=2&loud=true&other=7`)).text();
  expect(sent(streamer)).toEqual([
    "string",
    { text: "7", count: 7, weight: 2, loud: true, other: "7" },
  ]);
});

/** `fetch` sends no body with GET, Jina's client does. */
async function getWithBody(url: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: "GET", headers: { "content-length": Buffer.byteLength(body) } },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk)));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

test("a body is the document, whatever the query says", async () => {
  const { url, streamer } = await startFlow();
  await getWithBody(`${url}/stream?text=no`, '{"text":"yes","count":1}');
  expect(sent(streamer)).toEqual(["string", { text: "yes", count: 1 }]);
});

test("a document of Jina's docarray v1 client is answered with docarray v1 documents", async () => {
  const { url, streamer } = await startFlow();
  const fields = '"granularity":null,"adjacency":null,"parent_id":null,"modality":null';
  const { text } = await getWithBody(`${url}/stream`, `{"id":"x",${fields},"tags":{"count":2}}`);
  expect(sent(streamer)).toMatchObject(["string", { count: 2 }]);
  const [first = ""] = text.split("\r\n").filter((line) => line.startsWith("data: "));
  expect(JSON.parse(first.slice(6))).toMatchObject({ text: "a", granularity: null, tags: null });
});

test.each([
  ["/stream?count=x", "GET", 422, "count: a number is expected"],
  ["/stream", "POST", 405, "Method Not Allowed"],
  ["/plain", "GET", 405, "Method Not Allowed"],
  ["/other", "GET", 404, "Not Found"],
])("%s by %s is refused with %i", async (path, method, status, message) => {
  const { url, streamer } = await startFlow();
  const response = await fetch(`${url}${path}`, { method });
  expect([response.status, streamer.seen.length]).toEqual([status, 0]);
  expect(await response.text()).toContain(message);
});

test("a body that is not valid JSON is refused", async () => {
  const { url } = await startFlow();
  expect(await getWithBody(`${url}/stream`, "{")).toMatchObject({ status: 400 });
});

describe("a stream that fails", () => {
  test("reports the error in an event and is cut, so that no client takes it for complete", async () => {
    const { url } = await startFlow(async function* () {
      yield token("a");
      throw new JflowError("EXECUTOR_FAILED", "Unexpected <class 'ValueError'>: told to fail");
    });
    const reader = (await fetch(`${url}/stream`))
      .body!.pipeThrough(new TextDecoderStream())
      .getReader();
    let text = "";
    const readAll = async (): Promise<void> => {
      for (let next = await reader.read(); !next.done; next = await reader.read())
        text += next.value;
    };
    await expect(readAll()).rejects.toThrow("terminated");
    expect(text).toContain(
      'event: error\r\ndata: {"detail":"ValueError: told to fail","code":"EXECUTOR_FAILED"}\r\n\r\n',
    );
    expect(text).not.toContain("event: end");
  });

  test("ends the executor's call when the client goes", async () => {
    const ended = openPromise<boolean>();
    const { url } = await startFlow(async function* (_, { signal }) {
      try {
        yield token("a");
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      } finally {
        ended.resolve(signal.aborted);
      }
    });
    const gone = new AbortController();
    const response = await fetch(`${url}/stream`, { signal: gone.signal });
    await response.body!.getReader().read();
    gone.abort();
    expect(await ended.promise).toBe(true);
  });
});

test("a silent stream sends a comment from time to time", async () => {
  const pinged = openPromise<undefined>();
  async function* wait(): AsyncGenerator<string> {
    await pinged.promise;
    yield new Document({ id: "a" }).id;
  }
  const server = createServer((_, response) => {
    void sendEvents(response, wait(), {
      headers: {},
      signal: new AbortController().signal,
      pingMs: 5,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closeAfterwards(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  const reader = (await fetch(`http://127.0.0.1:${port}`))
    .body!.pipeThrough(new TextDecoderStream())
    .getReader();
  const { value } = await reader.read();
  pinged.resolve(undefined);
  expect(value).toMatch(/^: ping - \d{4}-.*\r\n\r\n/);
  for (let next = await reader.read(); !next.done;) next = await reader.read();
});

test("openapi.json lists the endpoints that stream, with their input and output documents", async () => {
  const { url } = await startFlow();
  const { paths, components } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<
      string,
      Record<string, { requestBody?: unknown; responses: Record<string, { content: unknown }> }>
    >;
    components: { schemas: Record<string, { title?: string }> };
  };
  const { get, post } = paths["/stream"]!;
  expect(post).toBe(undefined);
  expect(get!.requestBody).toEqual({
    content: { "application/json": { schema: { $ref: "#/components/schemas/stream_input" } } },
  });
  expect(get!.responses["200"]!.content).toEqual({
    "text/event-stream": { schema: { $ref: "#/components/schemas/stream_output" } },
  });
  expect(components.schemas["stream_output"]).toMatchObject({ title: "Prompt" });
});
