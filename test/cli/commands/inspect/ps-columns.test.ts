import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { describeFailure } from "../../../../src/cli/commands/inspect/ps.ts";
import { replicaColumns } from "../../../../src/cli/commands/inspect/ps-columns.ts";
import { formatTable } from "../../../../src/cli/terminal/table.ts";
import type { ReplicaStatus } from "../../../../src/model/control/status.ts";

const ROW: ReplicaStatus = {
  address: "indexer/1/0",
  executor: "indexer",
  shard: 1,
  replica: 0,
  role: "primary",
  state: "ready",
  ready: true,
  problem: null,
  retryInMs: null,
  pid: 41_873,
  port: 46_103,
  processId: "indexer/1/0-5f",
  docs: 499_877,
  requests: 31_200,
  errors: 0,
  inflight: 12,
  qps: 141.2,
  p50Ms: 114,
  p99Ms: 219,
  rssBytes: 312 * 1024 ** 2,
  cpu: 61,
  restarts: 11,
  lastExit: { code: null, signal: "SIGKILL", at: new Date().toISOString(), stderrTail: [] },
  external: false,
  configHash: "",
  startedAt: new Date().toISOString(),
};
const ROWS = [ROW, { ...ROW, replica: 1, state: "recovering", ready: false } as const];

function titlesAt(wide: boolean, width: number): readonly string[] {
  const columns = replicaColumns(ROWS, wide, new Chalk({ level: 0 }));
  const lines = formatTable(columns, ROWS, width).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  return lines[0]!.split(/ +/);
}

test.each([160, 120, 100, 80])("ps -o wide fits %d columns and keeps the pid", (width) => {
  expect(titlesAt(true, width)).toEqual(
    expect.arrayContaining(["NAME", "SHARD", "REPLICA", "STATE", "PID", "DOCS"]),
  );
});

test("ps fits 80 columns and keeps the documents, the traffic, the processor and the memory", () => {
  expect(titlesAt(false, 80)).toEqual(
    expect.arrayContaining(["STATE", "DOCS", "QPS", "INFL", "CPU", "RSS", "RESTARTS"]),
  );
  expect(titlesAt(false, 120)).toEqual(expect.arrayContaining(["PORT", "P99", "IN-FLIGHT", "AGE"]));
});

test("the errors of an older supervisor are not known", () => {
  const { errors: _, ...older } = ROW;
  const columns = replicaColumns([older as ReplicaStatus], true, new Chalk({ level: 0 }));
  const errors = columns.find(({ title }) => title === "ERRORS")!;
  expect([errors.value(ROW), errors.value(older as ReplicaStatus)]).toEqual(["0", "-"]);
});

test.each([
  { end: { code: 1, signal: null }, text: "exited with code 1: Error: no space left" },
  { end: { code: null, signal: "SIGKILL" }, text: "was killed by SIGKILL" },
  { end: { code: null, signal: null }, text: "did not start: Error: no space left" },
])("the last line of a process explains an exit, but not a signal: $text", ({ end, text }) => {
  const lastExit = { ...end, at: "", stderrTail: ["Error: no space left", ""] };
  expect(describeFailure({ address: "a/0/0", lastExit })).toBe(
    `! a/0/0 ${text}   (jflow logs a/0/0)`,
  );
});

test("the restarts of a replica stand with the age of the last exit, in words", () => {
  const lastExit = { code: null, signal: null, at: new Date().toISOString(), stderrTail: [] };
  const row: ReplicaStatus = { ...ROW, restarts: 7, lastExit };
  const cells = replicaColumns([row], true, new Chalk({ level: 0 })).map(({ value }) => value(row));
  expect(cells).toContainEqual(expect.stringMatching(/^7 \(\d+m?s ago\)$/));
  expect(cells.join(" ")).not.toMatch(/null/);
});
