import { describe, expect, test } from "vitest";
import type { EndpointSchemas } from "../../../../src/document/v2/endpoint-schema.ts";
import {
  describePeer,
  decodeEndpoints,
  encodeEndpoints,
} from "../../../../src/wire/jina/messages/discovery.ts";
import { encodeStruct } from "../../../../src/document/values/struct.ts";
import { ProtoWriter } from "../../../../src/util/protobuf/proto-writer.ts";

const ITEM = { title: "Item", type: "object", properties: { n: { type: "integer", default: 3 } } };

/** Returns the answer of a Jina executor with these `schemas`. */
function stockAnswer(schemas: Record<string, unknown>): Uint8Array {
  return new ProtoWriter(64)
    .putString(1, "/a")
    .putString(1, "_jina_dry_run_")
    .putBytes(3, encodeStruct(schemas))
    .finish();
}

describe("the schemas that an executor reports", () => {
  test.each([
    [
      "of docarray v2 are kept",
      { name: "Item", model: ITEM },
      { "/a": { input: ITEM, output: ITEM } },
    ],
    [
      "of docarray v1 are dropped",
      { name: "PydanticDocument", model: { $ref: "#/definitions/PydanticDocument" } },
      {},
    ],
    ["without a model are dropped", { name: "Item", model: null }, {}],
    ["of another type are dropped", "Item", {}],
  ])("%s", (_, side, kept) => {
    const { schemas } = decodeEndpoints(
      stockAnswer({ "/a": { input: side, output: side, is_generator: false } }),
    );
    expect(schemas).toEqual(kept);
  });

  test("survive being written and read again", () => {
    const plain = { input: ITEM, output: ITEM };
    const schemas: EndpointSchemas = { "/a": plain, "/stream": { ...plain, isGenerator: true } };
    const endpoints = { endpoints: ["/a", "/stream"], writeEndpoints: [], schemas };
    expect(decodeEndpoints(encodeEndpoints(endpoints))).toEqual(endpoints);
  });
});

test("the endpoints that Jina adds do not count as endpoints of an executor", () => {
  const side = { name: "Item", model: ITEM };
  const answer = stockAnswer({
    "/a": { input: side, output: side },
    _jina_dry_run_: { input: side, output: side },
  });
  expect(describePeer(decodeEndpoints(answer))).toEqual({
    endpoints: ["/a"],
    writes: [],
    polling: {},
    stateful: false,
    schemas: { "/a": { input: ITEM, output: ITEM } },
  });
});
