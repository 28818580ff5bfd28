import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { replaceFile } from "../../../src/util/files/replace-file.ts";

const scratch = mkdtempSync(join(tmpdir(), "jflow-replace-"));
afterAll(() => rmSync(scratch, { recursive: true }));
beforeEach(() => {
  rmSync(scratch, { recursive: true });
  mkdirSync(scratch);
});

test("creates a file, and replaces one, readable by its owner alone and with nothing left beside it", async () => {
  const path = join(scratch, "state.json");
  await replaceFile(path, "one");
  await replaceFile(path, Buffer.from("two"));
  expect(readFileSync(path, "utf8")).toBe("two");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(scratch)).toEqual(["state.json"]);
});

test("readers see all of the old bytes or all of the new ones, whoever replaces at once", async () => {
  const path = join(scratch, "state.json");
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
  await replaceFile(path, texts[0] ?? "");
  const replacing = Promise.all(texts.map((text) => replaceFile(path, text)));
  const seen = new Set<string>();
  const progress = { isDone: false };
  void replacing.then(() => (progress.isDone = true));
  while (!progress.isDone) {
    seen.add(readFileSync(path, "utf8"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await replacing;
  expect([...seen].filter((text) => !texts.includes(text))).toEqual([]);
  expect(readdirSync(scratch)).toEqual(["state.json"]);
});

test("a failure leaves what was there, and no half-written file", async () => {
  const path = join(scratch, "folder");
  mkdirSync(path);
  writeFileSync(join(path, "kept"), "");
  await expect(replaceFile(path, "x")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  await expect(replaceFile(join(scratch, "missing", "x"), "x")).rejects.toThrow(/ENOENT/);
  expect(readdirSync(scratch)).toEqual(["folder"]);
});
