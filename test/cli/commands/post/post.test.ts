import { tmpdir } from "node:os";
import { afterEach, expect, test } from "vitest";
import { JflowError, type ErrorCode } from "../../../../src/util/errors.ts";
import { DataRequest } from "../../../../src/wire/jina/messages/data-request.ts";
import { JinaServer } from "../../../../src/wire/jina/server/jina-server.ts";
import { runCli } from "../../run-cli.ts";

let server: JinaServer | undefined;
afterEach(async () => server?.close());

/** Posts to a gateway that answers with `answer`. */
async function post(
  answer: (request: DataRequest) => DataRequest,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024 * 1024,
    prefetch: 1,
    handler: { call: async (bytes) => answer(DataRequest.read(bytes)).toBytes() },
  });
  server.setServing(true);
  const host = `grpc://127.0.0.1:${server.port}`;
  return runCli(["post", ...args, "--host", host], { cwd: tmpdir() });
}

test.each<[ErrorCode, number]>([
  ["INVALID_ARGUMENT", 2],
  ["UNIMPLEMENTED", 2],
  ["EXECUTOR_FAILED", 5],
])("a post whose only request fails with %s exits with %i", async (error, want) => {
  const { code } = await post(
    () => {
      throw new JflowError(error, "refused");
    },
    "/index",
    "--text",
    "lamp",
  );
  expect(code).toBe(want);
});

test("a post of which one request succeeded exits with 5", async () => {
  let requests = 0;
  const answer = (request: DataRequest): DataRequest => {
    requests += 1;
    if (requests > 1) throw new JflowError("INVALID_ARGUMENT", "refused");
    return request;
  };
  const one = ["--batch", "1", "--concurrency", "1"];
  const { code } = await post(answer, "/index", "--text", "a", "--text", "b", ...one);
  expect(code).toBe(5);
});

test("the message of a failure has no sequence that a terminal obeys", async () => {
  const { stderr } = await post(
    () => {
      throw new JflowError("EXECUTOR_FAILED", "no \u001B]0;title\u0007lamp");
    },
    "/index",
    "--text",
    "lamp",
  );
  expect(stderr).toContain("no lamp");
});

test("--with-embeddings asks a search for the embeddings, and no other endpoint", async () => {
  const asked: unknown[] = [];
  const answer = (request: DataRequest): DataRequest => {
    asked.push(request.parameters);
    return request;
  };
  const args = ["--text", "lamp", "--with-embeddings"];
  await post(answer, "/search", ...args);
  await post(answer, "/embed", ...args);
  expect(asked).toEqual([{ with_embeddings: true }, {}]);
});
