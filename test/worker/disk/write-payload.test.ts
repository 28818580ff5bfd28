import { expect, test } from "vitest";
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
  expect(decodeWrite(encodeWrite(request))).toEqual(request);
});

test("a payload shares no memory with its request", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const payload = encodeWrite({ endpoint: "/index", requests: [bytes] });
  bytes.fill(0);
  expect(decodeWrite(payload).requests).toEqual([new Uint8Array([1, 2, 3])]);
});
