import { expect, test } from "vitest";
import { fromGrpcError } from "../../src/wire/status.ts";

test.each([
  ["connect ECONNREFUSED 127.0.0.1:1", "connection refused: no process listens there"],
  [
    "No connection established. Last error: Failed to connect (2026-12-01T03:28:19.974Z). Resolution note: ",
    "no connection: the process that listens there accepts none (jflow ps shows why), or does not speak gRPC",
  ],
  ["No connection established. Last error: bad certificate", "bad certificate"],
])("a failed connection, %j, is explained", (details, reason) => {
  const error = Object.assign(new Error("14 UNAVAILABLE"), { code: 14, details });
  expect(fromGrpcError(error, "127.0.0.1:1")).toMatchObject({
    code: "UNAVAILABLE",
    message: `127.0.0.1:1: ${reason}`,
  });
});
