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

test("without a terminal each change is one line, and starting says nothing", () => {
  const { stream, text } = openStream(false);
  let now = 0;
  const list = openChecklist(stream, false, () => now);
  list.update({ type: "replica", address: "indexer/0/0", state: "starting", text: "starting" });
  now = 300;
  list.update({ type: "replica", address: "indexer/0/0", state: "ready", text: "ready" });
  list.update({ type: "replica", address: "indexer/0/0", state: "ready", text: "ready" });
  expect(text()).toBe("indexer/0/0 ready (300ms)\n");
});

test("of a failure of several lines the first is told: all of it is told in the end", () => {
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

test("on a terminal the list is redrawn in place, with a count", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, () => 0);
  list.update({ type: "replica", address: "a/0/0", state: "starting", text: "starting" });
  text();
  list.update({ type: "replica", address: "a/0/0", state: "ready", text: "ready" });
  expect(text()).toBe("\u001B[2A\u001B[0J[+] up 1/1\n ✔ a/0/0  ready  0ms\n");
});

test("what is noted stands above the list", () => {
  const { stream, text } = openStream(true);
  const list = openChecklist(stream, false, () => 0);
  list.update({ type: "replica", address: "a/0/0", state: "starting", text: "starting" });
  text();
  list.note("hello");
  expect(text()).toBe("\u001B[2A\u001B[0Jhello\n[+] up 0/1\n · a/0/0  starting  0ms\n");
});

test("on a narrow terminal lines are cut, as one that wraps could not be redrawn", () => {
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
