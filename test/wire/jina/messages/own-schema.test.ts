import { expect, test } from "vitest";
import { decodeEndpoints, encodeEndpoints } from "../../../../src/wire/jina/messages/discovery.ts";
import { describeOwnDocuments } from "../../../../src/wire/jina/messages/own-schema.ts";
import { decodeStruct } from "../../../../src/document/values/struct.ts";
import { ProtoReader } from "../../../../src/util/protobuf/proto-reader.ts";

const ANSWER = encodeEndpoints({
  endpoints: ["/index"],
  writeEndpoints: ["/index"],
  schemas: describeOwnDocuments(["/index"]),
});

test("Jina's docarray v2 gateway gets a schema for each endpoint, as Jina writes it", () => {
  const reader = new ProtoReader(ANSWER);
  let schemas: Record<string, unknown> = {};
  while (reader.next()) if (reader.field === 3) schemas = decodeStruct(reader.slice());
  const side = {
    name: "JflowDocument",
    model: expect.objectContaining({ title: "JflowDocument" }) as unknown,
  };
  expect(schemas).toEqual({
    "/index": {
      input: side,
      output: side,
      is_generator: false,
      is_singleton_doc: false,
      parameters: { name: null, model: null },
    },
  });
});

test("our gateway recognizes it as the schema of executors that read both formats", () => {
  expect(decodeEndpoints(ANSWER).schemas ?? {}).toEqual({});
});
