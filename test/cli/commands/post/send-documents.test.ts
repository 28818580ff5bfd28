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

test("after Ctrl-C, documents without an answer are unknown, and in the file of --errors", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jflow-send-"));
  const path = join(folder, "left.jsonl");
  const interrupted = new AbortController();
  const documents = [1, 2].map((line) =>
    toInput(new Document({ id: `d${line}` }), { source: "d.jsonl", line }),
  );
  async function* postBatches(): AsyncGenerator<PostOutcome> {
    interrupted.abort();
    const error = new JflowError("CANCELLED", "cancelled");
    yield { ok: false, error, ms: 1, batch: { index: 0, documents, bytes: 0 } };
  }
  const context = { terminal: { stderr: new PassThrough() } } as unknown as CommandContext;
  const input = { refused: 0, readDocuments: 2, isEmpty: async () => false, documents: () => [] };
  const failures = new PostFailures(path);
  await failures.open();
  const progress = new Progress(context, "none", input as unknown as PostInput);
  const deps = {
    client: { postBatches } as unknown as GatewayClient,
    input: input as unknown as PostInput,
    answers: await AnswerWriter.open(context, {}),
    progress,
    failures,
    counts: new WriteCounts(),
  };
  const request = { endpoint: "/index", parameters: {}, signal: interrupted.signal };
  await sendDocuments(deps, { batch: 2, concurrency: 1, onError: "stop" }, request);
  await failures.close();
  expect(progress.summary()).toMatch(/, 0 acknowledged, 2 unknown: written or not$/);
  const rows = (await readFile(path, "utf8")).trim().split("\n");
  expect(rows.map((row) => JSON.parse(row) as unknown)).toMatchObject([
    { source: "d.jsonl", line: 1, document: { id: "d1" } },
    { source: "d.jsonl", line: 2, document: { id: "d2" } },
  ]);
  await rm(folder, { recursive: true });
});

test("after the failure that stops the sending, later failures are counted and not printed", async () => {
  async function* postBatches(): AsyncGenerator<PostOutcome> {
    for (const line of [1, 2, 3]) {
      const documents = [toInput(new Document({ id: `d${line}` }), { source: "d.jsonl", line })];
      const error = new JflowError("EXECUTOR_FAILED", `refused ${line}`);
      yield { ok: false, error, ms: 1, batch: { index: line, documents, bytes: 0 } };
    }
  }
  const stderr = new PassThrough();
  const context = { terminal: { stderr } } as unknown as CommandContext;
  const input = { refused: 0, readDocuments: 3, isEmpty: async () => false, documents: () => [] };
  const failures = new PostFailures(undefined);
  const deps = {
    client: { postBatches } as unknown as GatewayClient,
    input: input as unknown as PostInput,
    answers: await AnswerWriter.open(context, {}),
    progress: new Progress(context, "none", input as unknown as PostInput),
    failures,
    counts: new WriteCounts(),
  };
  const { signal } = new AbortController();
  const request = { endpoint: "/index", parameters: {}, signal };
  const options = { batch: 1, concurrency: 3, onError: "stop" } as const;
  expect((await sendDocuments(deps, options, request))?.message).toBe("refused 1");
  expect(failures.count).toBe(3);
  expect(String(stderr.read())).toBe(
    "failed: d.jsonl:1: refused 1\n2 further requests in flight failed (--errors keeps each reason)\n",
  );
});
