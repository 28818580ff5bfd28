import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { openChecklist } from "../../../src/cli/terminal/checklist.ts";

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
  let now = 0;
  const list = openChecklist(stream, false, () => now);
  list.update({ type: "replica", address: "indexer/0/0", state: "starting", text: "starting" });
  now = 300;
  list.update({ type: "replica", address: "indexer/0/0", state: "ready", text: "ready" });
  list.update({ type: "replica", address: "indexer/0/0", state: "ready", text: "ready" });
  expect(text()).toBe("indexer/0/0 ready (300ms)\n");
});

test("a failure of several lines shows its first line", () => {
  const { stream, text } = openStream(false);
  const list = openChecklist(stream, false, () => 0);
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
  const list = openChecklist(stream, false, () => 0);
  list.update({ type: "replica", address: "a/0/0", state: "starting", text: "starting" });
  text();
  list.update({ type: "replica", address: "a/0/0", state: "ready", text: "ready" });
  expect(text()).toBe("\u001B[2A\u001B[0J[+] up 1/1\n ✔ a/0/0  ready  0ms\n");
});

test("a note is written above the list", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, () => 0);
  list.update({ type: "replica", address: "a/0/0", state: "starting", text: "starting" });
  text();
  list.note("hello");
  expect(text()).toBe("\u001B[2A\u001B[0Jhello\n[+] up 0/1\n · a/0/0  starting  0ms\n");
});

test("a narrow terminal cuts lines, because wrapped lines cannot be redrawn", () => {
  const { stream, text } = openStream(true, 20);
  const list = openChecklist(stream, false, () => 0);
  list.update({
    type: "replica",
    address: "indexer/0/0",
    state: "failed",
    text: "failed: no model\nat load",
  });
  expect(text()).toBe("[+] up 0/1\n ✘ indexer/0/0  fai\n");
});
