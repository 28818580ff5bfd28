import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import type { PostInput } from "../../../../src/cli/commands/post/post-input.ts";
import {
  barColumnsOf,
  fractionDone,
  Progress,
} from "../../../../src/cli/commands/post/progress.ts";
import type { CommandContext } from "../../../../src/cli/terminal/context.ts";

const NOTHING = {
  totalBytes: undefined,
  totalDocuments: undefined,
  readBytes: 0,
  readDocuments: 0,
  answered: 0,
};

test.each([
  { name: "stdin, whose size is not known", given: {}, want: 0 },
  { name: "an empty file", given: { totalBytes: 0 }, want: 0 },
  {
    name: "half a file read and answered",
    given: { totalBytes: 100, readBytes: 50, readDocuments: 5, answered: 5 },
    want: 0.5,
  },
  {
    name: "a file that one read contains",
    given: { totalBytes: 100, readBytes: 100, readDocuments: 5, answered: 1 },
    want: 0.2,
  },
  {
    name: "documents read but not answered",
    given: { totalBytes: 100, readBytes: 100, readDocuments: 5 },
    want: 0,
  },
  {
    name: "texts on the command line",
    given: { totalDocuments: 4, answered: 1, readDocuments: 4 },
    want: 0.25,
  },
  {
    name: "--limit that ends before the file",
    given: { totalBytes: 1000, totalDocuments: 10, readBytes: 50, readDocuments: 10, answered: 10 },
    want: 1,
  },
  {
    name: "a file that grew during the read",
    given: { totalBytes: 100, readBytes: 200, readDocuments: 5, answered: 5 },
    want: 1,
  },
])("the progress of $name is $want", ({ given, want }) => {
  expect(fractionDone({ ...NOTHING, ...given })).toBe(want);
});

test.each([
  [40, 0],
  [70, 10],
  [80, 20],
  [120, 24],
])("a line of %i columns has a bar of %i", (columns, want) => {
  expect(barColumnsOf(columns)).toBe(want);
});

test.each([
  { documents: [0], summary: /^sent 1 request without documents: [\d.]+ seconds$/ },
  { documents: [], summary: /^sent 0 documents in 0 requests: [\d.]+ seconds$/ },
  {
    documents: [2, 1],
    summary: /^sent 3 documents in 2 requests: [\d.]+ seconds, \d+ documents\/s$/,
  },
])("the summary of requests with $documents documents", ({ documents, summary }) => {
  const context = { terminal: { stderr: new PassThrough() } } as unknown as CommandContext;
  const input = { refused: 0, readDocuments: 0 } as unknown as PostInput;
  const progress = new Progress(context, "none", input);
  for (const count of documents) progress.add("acknowledged", count);
  expect(progress.summary()).toMatch(summary);
});

test("the summary counts read, refused, acknowledged, failed and unanswered documents apart", () => {
  const context = { terminal: { stderr: new PassThrough() } } as unknown as CommandContext;
  const input = { refused: 2, readDocuments: 9 } as unknown as PostInput;
  const progress = new Progress(context, "none", input);
  progress.add("acknowledged", 1);
  progress.add("failed", 1);
  progress.add("unknown", 3);
  expect(progress.acknowledged).toBe(1);
  expect(progress.summary().replace(/: .* documents\/s/, "")).toBe(
    "sent 5 documents in 3 requests, 1 acknowledged, 1 failed, 3 unknown: written or not, 4 read and not sent, 2 not readable",
  );
});

test("an input of known size has a bar, and another one a counter", () => {
  const shown = (totalBytes: number | undefined): string => {
    const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const context = { terminal: { stderr }, color: {} } as unknown as CommandContext;
    const input = { totalBytes, readBytes: 5, readDocuments: 1, refused: 0 } as PostInput;
    vi.useFakeTimers();
    const progress = new Progress(context, "bar", input);
    progress.add("acknowledged", 1);
    vi.advanceTimersByTime(500);
    progress.finish();
    vi.useRealTimers();
    return (stderr.read() as Buffer).toString();
  };
  expect(shown(10)).toMatch(/50% 1 document [\d.]+ documents\/s/);
  expect(shown(undefined)).toMatch(/\r\S*1 document, /);
  expect(shown(undefined)).not.toMatch(/%|ETA/);
});
