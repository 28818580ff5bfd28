import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openChecklist } from "../../../src/cli/terminal/checklist.ts";
import { StartProgress } from "../../../src/cli/terminal/start-progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openStream(
  isTTY: boolean,
  columns: number = 80,
): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, rows: 24, columns });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    text: () => String(stream.read() ?? ""),
  };
}

test("a pipe gets one line per change, and none for the start", () => {
  const { stream, text } = openStream(false);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update({ type: "replica", address: "indexer/0/0", state: "starting", text: "starting" });
  vi.advanceTimersByTime(300);
  list.update({ type: "replica", address: "indexer/0/0", state: "ready", text: "ready" });
  list.update({ type: "replica", address: "indexer/0/0", state: "ready", text: "ready" });
  expect(text()).toBe("indexer/0/0 ready (300ms)\n");
});

test("a failure of several lines shows its first line", () => {
  const { stream, text } = openStream(false);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update({
    type: "replica",
    address: "indexer/0/0",
    state: "failed",
    text: "failed: no model\nat load",
  });
  expect(text()).toBe("indexer/0/0 failed: no model (0ms)\n");
});

test("a terminal gets a list with a count that is redrawn in place", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update({ type: "replica", address: "a/0/0", state: "starting", text: "starting" });
  text();
  list.update({ type: "replica", address: "a/0/0", state: "ready", text: "ready" });
  expect(text()).toBe("\u001B[2A\u001B[0J[+] up 1/1\n ✔ a/0/0  ready  0ms\n");
});

test("a note is written above the list", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update({ type: "replica", address: "a/0/0", state: "starting", text: "starting" });
  text();
  list.note("hello");
  expect(text()).toBe("\u001B[2A\u001B[0Jhello\n[+] up 0/1\n · a/0/0  starting  0ms\n");
});

test("a narrow terminal cuts lines, because wrapped lines cannot be redrawn", () => {
  const { stream, text } = openStream(true, 20);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update({
    type: "replica",
    address: "indexer/0/0",
    state: "failed",
    text: "failed: no model\nat load",
  });
  expect(text()).toBe("[+] up 0/1\n ✘ indexer/0/0  fa…\n");
});

const STARTING = {
  type: "replica",
  address: "a/0/0",
  state: "starting",
  text: "starting",
} as const;

test("the ages of replicas that start go on, and a slow start shows its last line", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update({ type: "replica", address: "b/0/0", state: "ready", text: "ready" });
  list.update(STARTING);
  list.output("a/0/0", "\u001B[2Kloading  90 %");
  text();
  vi.advanceTimersByTime(1000);
  expect(text()).toContain(" ✔ b/0/0  ready  0ms\n · a/0/0  starting  1.0s\n");
  vi.advanceTimersByTime(1000);
  expect(text()).toContain(" · a/0/0  starting  2.0s  loading 90 %\n");
});

test("a pipe gets the late replicas from time to time", () => {
  const { stream, text } = openStream(false);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  for (const address of ["a/0/0", "a/0/1", "a/0/2", "a/0/3", "a/0/4"])
    list.update({ ...STARTING, address });
  list.update({ ...STARTING, address: "b/0/0", state: "ready", text: "ready" });
  list.output("a/0/1", "loading weights");
  text();
  vi.advanceTimersByTime(10_000);
  expect(text().split("\n")).toEqual([
    "waiting for a/0/0  starting  10.0s",
    "waiting for a/0/1  starting  10.0s  loading weights",
    "waiting for a/0/2  starting  10.0s",
    "waiting for 2 more",
    "",
  ]);
});

test("a finished list is not redrawn", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, new StartProgress(() => Date.now()));
  list.update(STARTING);
  list.finish();
  text();
  vi.advanceTimersByTime(60_000);
  expect(text()).toBe("");
});
