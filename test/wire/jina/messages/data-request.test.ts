import { beforeAll, describe, expect, test } from "vitest";
import { JflowError } from "../../../../src/util/errors.ts";
import {
  DataRequest,
  type DataRequestChanges,
  decodeRequestList,
  encodeRequestList,
  makeRequestId,
} from "../../../../src/wire/jina/messages/data-request.ts";
import {
  decodeRoute,
  decodeStatus,
  encodeRoute,
  encodeStatus,
} from "../../../../src/wire/jina/messages/header.ts";
import { RequestContent } from "../../../../src/wire/jina/messages/request-content.ts";
import { unexpectedFailures } from "../../malformed.ts";
import { loadReferenceCodec, type Plain, type ReferenceCodec } from "../reference-codec.ts";
import {
  decodeEndpoints,
  decodePeerVersions,
  encodeEndpoints,
  encodePeerVersions,
} from "../../../../src/wire/jina/messages/discovery.ts";

let reference: ReferenceCodec;

beforeAll(async () => {
  reference = await loadReferenceCodec();
});

const STATUS: Plain = {
  code: "ERROR",
  description: "no",
  exception: { name: "E", args: ["a"], stacks: ["s1", "s2"], executor: "X" },
};

const REQUEST: Plain = {
  header: {
    request_id: "r1",
    exec_endpoint: "/search",
    target_executor: "a|b",
    timeout: 7,
    status: STATUS,
  },
  parameters: {
    fields: {
      limit: { numberValue: 10 },
      nested: { structValue: { fields: { a: { boolValue: true } } } },
    },
  },
  routes: [
    { executor: "gateway", start_time: { seconds: 1_700_000_000, nanos: 250_000_000 } },
    {
      executor: "a",
      start_time: { seconds: 1 },
      end_time: { seconds: 2 },
      status: { code: "SUCCESS" },
    },
  ],
  data: { docs: { docs: [{ id: "1", text: "one" }, { id: "2" }] } },
};

/** An unknown field: number 99, bytes "xyz". */
const UNKNOWN = Buffer.from([0x9a, 0x06, 3, 120, 121, 122]);

describe("a view of a request", () => {
  test("reads header, parameters and routes, and returns documents as slices of the same memory", () => {
    const bytes = reference.encodeRequest(REQUEST);
    const request = DataRequest.read(bytes);
    expect(request.header).toEqual({
      requestId: "r1",
      execEndpoint: "/search",
      targetExecutor: "a|b",
      timeoutSeconds: 7,
      status: {
        code: "ERROR",
        description: "no",
        exception: { name: "E", args: ["a"], stacks: ["s1", "s2"], executor: "X" },
      },
    });
    expect(request.parameters).toEqual({ limit: 10, nested: { a: true } });
    expect(request.routes).toEqual([
      { executor: "gateway", startMs: 1_700_000_000_250 },
      { executor: "a", startMs: 1000, endMs: 2000, status: { code: "SUCCESS", description: "" } },
    ]);
    expect(request.documents.map((each) => reference.decodeDocument(each))).toEqual([
      { id: "1", text: "one" },
      { id: "2" },
    ]);
    expect(request.documents[0]!.buffer).toBe(bytes.buffer);
    expect(request.contentKind).toBe("docs");
  });

  test("an empty message is a request without parts", () => {
    const request = DataRequest.read(new Uint8Array(0));
    expect([
      request.header,
      request.parameters,
      request.routes,
      request.documents,
      request.contentKind,
    ]).toEqual([{ requestId: "", execEndpoint: "", targetExecutor: "" }, {}, [], [], "none"]);
  });

  test("docs_bytes pass through unread", () => {
    const request = DataRequest.read(
      reference.encodeRequest({ data: { docs_bytes: Buffer.from("pickle") } }),
    );
    expect(request.contentKind).toBe("docs_bytes");
    expect(() => request.documents).toThrow(JflowError);
    const copied = DataRequest.make({ header: request.header, content: request.content }).toBytes();
    expect(reference.decodeRequest(copied)["data"]).toEqual({ docs_bytes: Buffer.from("pickle") });
  });
});

describe("rewriting a request", () => {
  test("unchanged parts stay byte for byte, unknown fields included", () => {
    const bytes = Buffer.concat([reference.encodeRequest(REQUEST), UNKNOWN]);
    const request = DataRequest.read(bytes);
    const rewritten = request
      .with({
        header: { requestId: "new", execEndpoint: "", targetExecutor: "" },
      })
      .toBytes();
    expect(reference.decodeRequest(rewritten)).toEqual({
      ...reference.decodeRequest(bytes),
      header: { request_id: "new" },
    });
    expect(Buffer.from(rewritten).includes(UNKNOWN)).toBe(true);
  });

  test.each<[string, string, DataRequestChanges, unknown]>([
    ["parameters", "parameters", { parameters: { a: 1 } }, { fields: { a: { numberValue: 1 } } }],
    ["documents by none", "data", { documents: [] }, { docs: {} }],
    ["data by none", "data", { content: RequestContent.NONE }, undefined],
    [
      "routes",
      "routes",
      { routes: [{ executor: "x", startMs: 1500 }] },
      [{ executor: "x", start_time: { seconds: 1, nanos: 500_000_000 } }],
    ],
  ])("replaces %s", (_name, part, changes, want) => {
    const after = reference.decodeRequest(
      DataRequest.read(reference.encodeRequest(REQUEST)).with(changes).toBytes(),
    );
    const { [part]: _, ...rest } = reference.decodeRequest(reference.encodeRequest(REQUEST));
    expect(after).toEqual(want === undefined ? rest : { ...rest, [part]: want });
  });

  test.each([0, 1, 127, 128, 20_000])("documents of %i bytes have the right lengths", (size) => {
    const documents = [textDocument(size), new Uint8Array(0)];
    const bytes = DataRequest.make({
      header: { requestId: "r", execEndpoint: "/", targetExecutor: "" },
      documents,
    }).toBytes();
    expect(DataRequest.read(bytes).documents.map((each) => each.length)).toEqual(
      documents.map((each) => each.length),
    );
    const decoded = reference.decodeRequest(bytes) as { data: { docs: { docs: Plain[] } } };
    expect(decoded.data.docs.docs.length).toBe(2);
  });

  test("a list of requests is split into the same requests", () => {
    const requests = [reference.encodeRequest(REQUEST), new Uint8Array(0)];
    expect(decodeRequestList(encodeRequestList(requests)).map((each) => Buffer.from(each))).toEqual(
      requests.map((each) => Buffer.from(each)),
    );
  });
});

describe("the other messages", () => {
  test("are read back as they were written", () => {
    const status = {
      code: "ERROR",
      description: "d",
      exception: { name: "n", args: ["a"], stacks: ["s"], executor: "e" },
    } as const;
    expect(decodeStatus(encodeStatus(status))).toEqual(status);
    const route = { executor: "x", startMs: 1_700_000_000_123.5, endMs: 1_700_000_000_124, status };
    expect(decodeRoute(encodeRoute(route))).toEqual(route);
    const endpoints = { endpoints: ["/a", "/b"], writeEndpoints: ["/a"] };
    expect(decodeEndpoints(encodeEndpoints(endpoints))).toEqual(endpoints);
    const versions = { jina: { jflow: "1" }, envs: { A: "b" } };
    expect(decodePeerVersions(encodePeerVersions(versions))).toEqual(versions);
  });

  test("request ids are 32 hex digits and unique", () => {
    const ids = Array.from({ length: 100 }, makeRequestId);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(100);
  });
});

describe("malformed requests", () => {
  const touch = (bytes: Uint8Array): void => {
    const request = DataRequest.read(bytes);
    void [request.header, request.parameters, request.routes];
    if (request.contentKind === "docs") void request.documents;
    request.with({ parameters: {} }).toBytes();
  };

  test("throw INVALID_ARGUMENT or are read where they are truncated or a bit is flipped", () => {
    expect(unexpectedFailures(reference.encodeRequest(REQUEST), touch)).toEqual([]);
  });
});

function textDocument(length: number): Uint8Array {
  return reference.encodeDocument({ text: "x".repeat(length) });
}
