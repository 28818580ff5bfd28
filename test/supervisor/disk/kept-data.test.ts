import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noticeKept } from "../../../src/supervisor/describe/notices.ts";
import { findKeptData } from "../../../src/supervisor/disk/kept-data.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "jflow-kept-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function fill(folder: string, bytes: number): void {
  mkdirSync(join(root, folder, "log"), { recursive: true });
  writeFileSync(join(root, folder, "log", "1.log"), Buffer.alloc(bytes));
}

test("damaged copies and the data from before a reshard are found, with their size and the command to remove them", async () => {
  fill("notes/0/0", 7);
  fill("notes/0/1.damaged-1", 1024);
  fill("notes/1/0.damaged-12", 1024);
  fill("notes.before-reshard-1/0/0", 3072);
  fill("notes.before-reshard-1/0/1.damaged-1", 1024);
  fill("other/0/0.damaged-1", 99);
  const kept = await findKeptData(join(root, "notes"));
  expect(kept.map((each) => noticeKept("notes", each))).toEqual([
    `"notes" keeps 2 damaged copies (2.0Ki): once no data is missing, rm -r ${root}/notes/*/*.damaged-*`,
    `"notes" keeps the data from before 1 reshard (4.0Ki): once no data is missing, rm -r ${root}/notes.before-reshard-*`,
  ]);
});

test("a folder without kept data, or a missing folder, gives no notice", async () => {
  fill("notes/0/0", 7);
  expect(await findKeptData(join(root, "notes"))).toEqual([]);
  expect(await findKeptData(join(root, "none", "notes"))).toEqual([]);
});

test("a path with blanks is quoted for the shell", async () => {
  fill("my data/notes/0/0.damaged-1", 1);
  const [kept] = await findKeptData(join(root, "my data/notes"));
  expect(kept?.pattern).toBe(`'${root}/my data/notes'/*/*.damaged-*`);
});
