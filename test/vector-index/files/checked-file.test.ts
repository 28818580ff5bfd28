import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { CheckedFile, writeCheckedFile } from "../../../src/vector-index/files/checked-file.ts";

const HEADER = z.object({ kind: z.literal("jflow vectors 1"), count: z.int() });

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-checked-"));
  path = join(folder, "vectors.index");
});
afterEach(() => rm(folder, { recursive: true }));

test("a header and a body are read as they were written", async () => {
  const header = { kind: "jflow vectors 1", count: 2 };
  await writeCheckedFile(path, header, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  const file = await CheckedFile.open(path, HEADER);
  expect(file.header).toEqual(header);
  expect([...(await file.read(3))]).toEqual([1, 2, 3]);
  await file.close();
});

test("a file that a newer jflow wrote is refused, and not as damage", async () => {
  await writeCheckedFile(path, { kind: "jflow vectors 3", shape: "unknown here" }, []);
  await expect(CheckedFile.open(path, HEADER)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining(`${path}: a newer jflow wrote it`) as string,
  });
});

test("a whole file with another header is refused as damage", async () => {
  await writeCheckedFile(path, { kind: "jflow documents 1", count: 2 }, []);
  await expect(CheckedFile.open(path, HEADER)).rejects.toMatchObject({ code: "DATA_LOSS" });
});
