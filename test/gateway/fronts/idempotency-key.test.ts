import { expect, test } from "vitest";
import { connectClient, makeRequest, startGateway } from "../rig.ts";
import { makeTopology } from "../fixtures.ts";
import { readIdempotencyKey } from "../../../src/gateway/fronts/idempotency-key.ts";

test("a request has one key or none", () => {
  expect(readIdempotencyKey(["a"])).toBe("a");
  expect(readIdempotencyKey()).toBeUndefined();
  expect(() => readIdempotencyKey(["a", "b"])).toThrow("more than one idempotency-key");
});

test("an empty key in gRPC metadata is refused, because every request would have that key", async () => {
  const client = connectClient(await startGateway(makeTopology([])));
  const call = client.processSingleData(makeRequest("/x", ["a"]), {
    metadata: { "idempotency-key": "" },
  });
  await expect(call).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
