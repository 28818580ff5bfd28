import { expect, test } from "vitest";
import { ProtoReader } from "../../../src/util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../../src/util/protobuf/proto-writer.ts";
import { decodeWrite, encodeWrite } from "../../../src/worker/disk/write-payload.ts";

test.each([
  [{ endpoint: "/index", requests: [new Uint8Array([1, 2, 3])] }],
  [
    {
      endpoint: "/index",
      requests: [new Uint8Array(), new Uint8Array([7])],
      deployments: ["left", "right"],
    },
  ],
  [{ endpoint: "", requests: [new Uint8Array(300).fill(9)] }],
])("a write comes out of the log as it went in: %#", (request) => {
  expect(decodeWrite(encodeWrite(request))).toEqual({ ...request, isFormer: false });
});

test("a payload shares no memory with its request", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const payload = encodeWrite({ endpoint: "/index", requests: [bytes] });
  bytes.fill(0);
  expect(decodeWrite(payload).requests).toEqual([new Uint8Array([1, 2, 3])]);
});

test("a write of the first version, without a number of rules, is recognized", () => {
  const payload = new ProtoWriter(16).string(1, "/clear").finish();
  expect(decodeWrite(payload)).toEqual({ endpoint: "/clear", requests: [], isFormer: true });
});

test("a write under the rules of a newer jflow is refused", () => {
  const payload = new ProtoWriter(16).string(1, "/clear").uint(4, 5).finish();
  expect(() => decodeWrite(payload)).toThrow("a newer jflow logged a write to /clear");
});

test("a request that is mostly zeros is packed, in its place among the others", () => {
  const sparse = new Uint8Array(5000);
  sparse.set([1, 2, 3], 2000);
  const requests = [new Uint8Array([7, 8]), sparse, new Uint8Array([9])];
  const payload = encodeWrite({ endpoint: "/index", requests });
  expect(payload.length).toBeLessThan(100);
  const { requests: decoded, isFormer } = decodeWrite(payload);
  expect(decoded.map((bytes) => Uint8Array.from(bytes))).toEqual(requests);
  expect(isFormer).toBe(false);
});

test("a packed write has rules that earlier versions refuse, and another write does not", () => {
  const rulesOf = (request: Uint8Array): number => {
    const reader = new ProtoReader(encodeWrite({ endpoint: "/index", requests: [request] }));
    while (reader.next()) if (reader.field === 4) return reader.uint();
    return 1;
  };
  expect([rulesOf(new Uint8Array([7])), rulesOf(new Uint8Array(5000))]).toEqual([2, 3]);
});
