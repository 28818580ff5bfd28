import { expect, test } from "vitest";
import { Document } from "../../../src/document/document.ts";
import { IdempotencyKeys } from "../../../src/gateway/handler/idempotency-keys.ts";
import { JflowError, type ErrorCode } from "../../../src/util/errors.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";

let requests = 0;

/** A request with an id of its own. */
function makeRequest({ text = "lamp", endpoint = "/index", parameters = {} } = {}): DataRequest {
  requests += 1;
  return DataRequest.make({
    header: { requestId: `r${requests}`, execEndpoint: endpoint, targetExecutor: "" },
    parameters,
    documents: [new Document({ id: "a", text }).encode()],
  });
}

const done = async (): Promise<string> => "done";
const refused = 'the idempotency-key "k" belongs to another request';

test("a request may be sent again, also at the same time", async () => {
  const keys = new IdempotencyKeys();
  const runs = [1, 2, 3].map(async () => keys.run("k", makeRequest(), done));
  expect(await Promise.all(runs)).toEqual(["done", "done", "done"]);
});

test.each([
  { change: "text", text: "chair" },
  { change: "endpoint", endpoint: "/update" },
  { change: "parameters", parameters: { replace: true } },
])("another $change under a used key is refused", async (changed) => {
  const keys = new IdempotencyKeys();
  await keys.run("k", makeRequest(), done);
  await expect(keys.run("k", makeRequest(changed), done)).rejects.toThrow(refused);
  expect(await keys.run("other", makeRequest(changed), done)).toBe("done");
  expect(await keys.run(undefined, makeRequest(changed), done)).toBe("done");
});

test("a corrected request may have the key of a refused one, and not that of a failed one", async () => {
  const change = async (code: ErrorCode): Promise<string> => {
    const keys = new IdempotencyKeys();
    const failing = keys.run("k", makeRequest(), async () => {
      throw new JflowError(code, "failed");
    });
    await expect(failing).rejects.toThrow("failed");
    return keys.run("k", makeRequest({ text: "chair" }), done);
  };
  expect(await change("INVALID_ARGUMENT")).toBe("done");
  await expect(change("UNAVAILABLE")).rejects.toThrow(refused);
});

test("the oldest key is forgotten first", async () => {
  const keys = new IdempotencyKeys(2);
  for (const key of ["k", "l", "m"]) await keys.run(key, makeRequest(), done);
  expect(await keys.run("k", makeRequest({ text: "chair" }), done)).toBe("done");
  await expect(keys.run("m", makeRequest({ text: "chair" }), done)).rejects.toThrow("m");
});
