import { describe, expect, test } from "vitest";
import type { EndpointSchema } from "../../../../src/document/v2/endpoint-schema.ts";
import { writeV2Document } from "../../../../src/document/v2/v2-to-json.ts";
import type { GatewaySpec } from "../../../../src/model/replica.ts";
import { documentFormat } from "../../../../src/document/scan/document-values.ts";
import { DataRequest } from "../../../../src/wire/jina/messages/data-request.ts";
import type { TopologyDeployment } from "../../../../src/model/topology.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../fixtures.ts";
import { startGateway, startRawWorker, type TestWorker } from "../../rig.ts";

const HTTP: Partial<GatewaySpec> = { listeners: [{ protocol: "http", port: 0 }] };
const DOCUMENT = {
  title: "Item",
  type: "object",
  properties: {
    id: { type: "string" },
    count: { type: "integer" },
    embedding: { type: "array", items: { type: "number" }, "tensor/array shape": "not specified" },
    part: { $ref: "#/definitions/Part" },
  },
  definitions: { Part: { title: "Part", type: "object", properties: { id: { type: "string" } } } },
};
const SCHEMA: EndpointSchema = { input: DOCUMENT, output: DOCUMENT };
const TWO: Partial<TopologyDeployment> = { endpoints: ["/echo"], schemas: { "/echo": SCHEMA } };

/** A flow of one executor that sends back what it gets, or fails. */
async function startEcho(
  changes: Partial<TopologyDeployment>,
  failure?: string,
): Promise<{ url: string; worker: TestWorker }> {
  const worker = await startRawWorker(async ({ requests }) => {
    const [request] = requests;
    if (failure === undefined) return { response: request!, isError: false };
    const { header } = DataRequest.read(request!);
    const status = { code: "ERROR", description: failure } as const;
    return {
      response: DataRequest.read(request!)
        .with({ header: { ...header, status } })
        .toBytes(),
      isError: true,
    };
  });
  const deployment = makeDeployment("echo", {
    replicas: [makeReplica("echo", worker.target)],
    ...changes,
  });
  const gateway = await startGateway(makeTopology([deployment]), HTTP);
  return { url: `http://127.0.0.1:${gateway.portOf("http")}`, worker };
}

async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { method: "POST", body });
  return { status: response.status, text: await response.text() };
}

describe("where the executors read docarray v2", () => {
  test("JSON becomes docarray v2 documents and back, as in Jina's docarray v2 front", async () => {
    const { url, worker } = await startEcho(TWO);
    const data = '[{"id":"a","count":7,"embedding":[1.0,0.5],"part":{"id":"p"},"more":{"x":1.0}}]';
    const answer = await post(
      `${url}/echo`,
      `{"data":${data},"parameters":{"p":1},"header":{"requestId":"r1"}}`,
    );
    expect(answer).toEqual({
      status: 200,
      text: `{"header":{"requestId":"r1","targetExecutor":""},"parameters":{"p":1},"data":${data}}`,
    });
    const [sent] = DataRequest.read(worker.seen[0]!.requests[0]!).documents;
    expect(documentFormat(sent!)).toBe("v2");
  });

  test("one document may stand alone, and names the request", async () => {
    const { url } = await startEcho(TWO);
    const { text } = await post(`${url}/echo`, '{"data":{"id":"one"}}');
    expect(text).toContain('"requestId":"one"');
    expect(text).toContain('"data":[{"id":"one"}]');
  });

  test("a document without an id gets one", async () => {
    const { url } = await startEcho(TWO);
    expect((await post(`${url}/echo`, '{"data":[{"count":1}]}')).text).toMatch(
      /"data":\[\{.*"id":"[0-9a-f]{32}"/,
    );
  });

  test("a wrong type is 422 with the document's place and the field's", async () => {
    const { url } = await startEcho(TWO);
    const { status, text } = await post(`${url}/echo`, '{"data":[{"count":1},{"count":"x"}]}');
    expect(status).toBe(422);
    expect(JSON.parse(text)).toEqual({
      detail: [
        {
          loc: ["body", "data", 1],
          msg: 'count: a number is expected, not "x"',
          type: "value_error",
        },
      ],
    });
  });

  test("an executor's exception is 499 with its text", async () => {
    const { url } = await startEcho(TWO, "ValueError('told to fail')");
    expect(await post(`${url}/echo`, '{"data":[]}')).toEqual({
      status: 499,
      text: `{"detail":"ValueError('told to fail')"}`,
    });
  });

  test("an endpoint that no executor binds is a 404 on every path", async () => {
    const { url } = await startEcho(TWO);
    expect((await post(`${url}/nobody`, '{"data":[]}')).status).toBe(404);
    expect(
      (await post(`${url}/post`, '{"data":[{"id":"a"}],"execEndpoint":"/nobody"}')).status,
    ).toBe(404);
  });

  test("documents of Jina's docarray v1 client, nulls included, are answered as docarray v1", async () => {
    const { url, worker } = await startEcho(TWO);
    const data =
      '[{"id":"a","parent_id":null,"granularity":null,"adjacency":null,"modality":null,"text":null,"tags":{"count":7}}]';
    const { text } = await post(
      `${url}/post`,
      `{"header":{"request_id":"r1"},"data":${data},"exec_endpoint":"/echo"}`,
    );
    const [sent] = DataRequest.read(worker.seen[0]!.requests[0]!).documents;
    expect(writeV2Document(sent!)).toBe('{"id":"a","tags":{},"count":7}');
    expect(JSON.parse(text)).toMatchObject({
      header: { execEndpoint: "/echo", status: null },
      data: [{ id: "a", parent_id: null, tags: { count: 7 } }],
    });
  });

  test("an endpoint without a schema keeps every field too, as one of jflow's executors does", async () => {
    const { url, worker } = await startEcho({ ...TWO, endpoints: ["/echo", "/update"] });
    const { text } = await post(`${url}/update`, '{"data":[{"id":"a","title":"x","price":1.0}]}');
    expect(text).toContain('"data":[{"id":"a","title":"x","price":1.0}]');
    const [sent] = DataRequest.read(worker.seen[0]!.requests[0]!).documents;
    expect(documentFormat(sent!)).toBe("v2");
  });

  test("openapi.json describes their documents under names that refer to each other", async () => {
    const { url } = await startEcho(TWO);
    const page = (await (await fetch(`${url}/openapi.json`)).json()) as {
      paths: Record<string, { post: { requestBody: unknown } }>;
      components: { schemas: Record<string, unknown> };
    };
    const reference = (name: string): unknown => ({ $ref: `#/components/schemas/${name}` });
    expect(page.paths["/echo"]!.post.requestBody).toEqual({
      content: { "application/json": { schema: reference("echo_input_model") } },
    });
    const { schemas } = page.components;
    expect(schemas["echo_input"]).toMatchObject({
      title: "Item",
      properties: { part: reference("echo_input_Part") },
    });
    const referred = [...JSON.stringify(page).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name!,
    );
    expect(
      referred.filter((name) => !(name in schemas)),
      "references to nothing",
    ).toEqual([]);
  });
});

describe("where executors report no schema", () => {
  const PLAIN = { endpoints: ["/echo"] };

  test("documents of Jina's docarray v2 client come back unchanged", async () => {
    const { url, worker } = await startEcho(PLAIN);
    const data =
      '[{"id":"a","title":"x","embedding":[1.0,0.5],"tensor":null,"granularity":1,"matches":[{"id":"m"}]}]';
    const header = '"header":{"request_id":"r1","exec_endpoint":"/echo"}';
    const { text } = await post(
      `${url}/post`,
      `{${header},"data":${data},"exec_endpoint":"/echo"}`,
    );
    expect(text).toBe(
      `{"header":{"requestId":"r1","targetExecutor":""},"parameters":{},"data":${data}}`,
    );
    const [sent] = DataRequest.read(worker.seen[0]!.requests[0]!).documents;
    expect(Buffer.from(sent!).includes("ndarray"), "its embedding is an array, not a list").toBe(
      true,
    );
  });

  test("documents of Jina's docarray v1 client stay docarray v1", async () => {
    const { url, worker } = await startEcho(PLAIN);
    const data =
      '[{"id":"a","parent_id":null,"granularity":null,"adjacency":null,"modality":null,"text":"x"}]';
    await post(
      `${url}/post`,
      `{"header":{"request_id":"r1"},"data":${data},"exec_endpoint":"/echo"}`,
    );
    const [sent] = DataRequest.read(worker.seen[0]!.requests[0]!).documents;
    expect(documentFormat(sent!)).toBe("v1");
  });
});
