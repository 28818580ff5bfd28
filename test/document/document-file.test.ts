import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DocumentFileWriter, readDocumentFile } from "../../src/document/document-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-documents-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(documents: readonly Uint8Array[]): Promise<string> {
  const path = join(folder, "documents");
  const writer = await DocumentFileWriter.open(path);
  for (const document of documents) await writer.add(document);
  await writer.close();
  return path;
}

async function read(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const document of readDocumentFile(path))
    found.push(Buffer.from(document).toString("base64"));
  return found;
}

test("documents of every length are read back in their order, empty and longer than a chunk included", async () => {
  const documents = [0, 1, 5, 3_000_000, 0, 1024 * 1024 - 4, 1024 * 1024, 7].map((length, i) =>
    Buffer.alloc(length, i),
  );
  expect(await read(await write(documents))).toEqual(
    documents.map((document) => document.toString("base64")),
  );
});

test("a file without documents is read back as empty", async () => {
  expect(await read(await write([]))).toEqual([]);
});

test.each([1, 4, 9])("a file that lacks its last %i bytes is refused", async (lost) => {
  const path = await write([Buffer.from("whole"), Buffer.from("is cut")]);
  truncateSync(path, statSync(path).size - lost);
  await expect(read(path)).rejects.toMatchObject({ code: "DATA_LOSS" });
});

test("an existing file is not overwritten", async () => {
  const path = await write([Buffer.from("first")]);
  await expect(DocumentFileWriter.open(path)).rejects.toMatchObject({ code: "EEXIST" });
});
