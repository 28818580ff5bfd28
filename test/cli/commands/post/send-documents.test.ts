import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { toInput, type GatewayClient, type PostOutcome } from "../../../../src/client/client.ts";
import { AnswerWriter } from "../../../../src/cli/commands/post/answer-writer.ts";
import { PostFailures } from "../../../../src/cli/commands/post/post-failures.ts";
import type { PostInput } from "../../../../src/cli/commands/post/post-input.ts";
import { Progress } from "../../../../src/cli/commands/post/progress.ts";
import { sendDocuments } from "../../../../src/cli/commands/post/send-documents.ts";
import { WriteCounts } from "../../../../src/cli/commands/post/shards-report.ts";
import type { CommandContext } from "../../../../src/cli/terminal/context.ts";
import { Document } from "../../../../src/document/document.ts";
import { JflowError } from "../../../../src/util/errors.ts";
import { DataRequest } from "../../../../src/wire/jina/messages/data-request.ts";

/** Sends documents to a gateway with these outcomes. */
async function send(
  postBatches: () => AsyncGenerator<PostOutcome>,
  { path, signal = new AbortController().signal }: { path?: string; signal?: AbortSignal } = {},
) {
  const stderr = new PassThrough();
  const context = { terminal: { stderr } } as unknown as CommandContext;
  const input = { refused: 0, readDocuments: 3, isEmpty: async () => false, documents: () => [] };
  const failures = new PostFailures(path);
  await failures.open();
  const progress = new Progress(context, "none", input as unknown as PostInput);
  const counts = new WriteCounts();
  const deps = {
    client: { postBatches } as unknown as GatewayClient,
    input: input as unknown as PostInput,
    answers: await AnswerWriter.open(context, {}),
    progress,
    failures,
    counts,
  };
  const request = { endpoint: "/index", parameters: {}, signal };
  const options = { batch: 1, concurrency: 3, onError: "stop" } as const;
  const stoppedBy = await sendDocuments(deps, options, request);
  await failures.close();
  return {
    stoppedBy,
    progress,
    failures,
    counts,
    stderr: String((stderr.read() as Buffer | null) ?? ""),
  };
}

const batchOf = (...lines: readonly number[]): PostOutcome["batch"] => ({
  index: lines[0]!,
  documents: lines.map((line) =>
    toInput(new Document({ id: `d${line}` }), { source: "d.jsonl", line }),
  ),
  bytes: 0,
});

test("after Ctrl-C, documents without an answer are unknown, and in the file of --errors", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jflow-send-"));
  const path = join(folder, "left.jsonl");
  const interrupted = new AbortController();
  async function* outcomes(): AsyncGenerator<PostOutcome> {
    interrupted.abort();
    const error = new JflowError("CANCELLED", "cancelled");
    yield { ok: false, error, ms: 1, batch: batchOf(1, 2) };
  }
  const { progress } = await send(outcomes, { path, signal: interrupted.signal });
  expect(progress.summary()).toMatch(/, 0 acknowledged, 2 unknown: written or not, 1 read and/);
  const rows = (await readFile(path, "utf8")).trim().split("\n");
  expect(rows.map((row) => JSON.parse(row) as unknown)).toMatchObject([
    { source: "d.jsonl", line: 1, document: { id: "d1" } },
    { source: "d.jsonl", line: 2, document: { id: "d2" } },
  ]);
  await rm(folder, { recursive: true });
});

test("after the failure that stops the sending, later failures are counted and not printed", async () => {
  async function* outcomes(): AsyncGenerator<PostOutcome> {
    for (const line of [1, 2, 3]) {
      const error = new JflowError("EXECUTOR_FAILED", `refused ${line}`);
      yield { ok: false, error, ms: 1, batch: batchOf(line) };
    }
  }
  const { stoppedBy, failures, stderr } = await send(outcomes);
  expect(stoppedBy?.message).toBe("refused 1");
  expect(failures.count).toBe(3);
  expect(stderr).toBe(
    "failed: d.jsonl:1: refused 1\n2 further requests in flight failed (--errors keeps each reason)\n",
  );
});

test("the counts of all answers are added: of failed ones, and of batches that were sent again", async () => {
  const answer = (documents: Record<string, number>): DataRequest =>
    DataRequest.make({
      header: { requestId: "r", execEndpoint: "/index", targetExecutor: "" },
      parameters: { _shards: { documents } },
      documents: [],
    });
  async function* outcomes(): AsyncGenerator<PostOutcome> {
    const repeated = [answer({ written: 1 })];
    const response = answer({ replaced: 2 });
    yield { ok: true, response, repeated, ms: 1, batch: batchOf(1, 2) };
    const error = new JflowError("INVALID_ARGUMENT", "a shard refused its part");
    yield { ok: false, error, response: answer({ written: 4 }), ms: 1, batch: batchOf(3) };
  }
  expect((await send(outcomes)).counts.describe()).toEqual(["5 written, 1 replaced"]);
});
