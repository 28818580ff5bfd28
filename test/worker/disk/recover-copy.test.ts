import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder, makeSpec, openLoneCopy, type LoneCopy } from "../copy/rig.ts";

let parent: Awaited<ReturnType<typeof makeFolder>>;
let workspace = "";
beforeEach(async () => {
  parent = await makeFolder();
  workspace = join(parent.path, "0");
});
afterEach(() => parent.remove());

async function openPromoted(term: number): Promise<LoneCopy> {
  const copy = await openLoneCopy(makeSpec(workspace));
  await copy.promote(term);
  return copy;
}

/** Writes and ends in order, so that a snapshot counts. */
async function runOnce(term: number, ids: readonly string[]): Promise<string> {
  const copy = await openPromoted(term);
  for (const id of ids) await copy.write(`op-${id}`, "/index", { [id]: `text ${id}` });
  const { copyId } = copy.service.copy;
  await copy.service.close();
  return copyId;
}

async function findFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function flipByte(path: string, at: (length: number) => number): Promise<void> {
  const bytes = await readFile(path);
  const offset = at(bytes.length);
  bytes[offset] = bytes[offset]! ^ 0xff;
  await writeFile(path, bytes);
}

describe("recovering a copy from its workspace", () => {
  test("a damaged snapshot is skipped and removed: the one before it and the log give the same state", async () => {
    const copyId = await runOnce(1, ["a", "b"]);
    await runOnce(2, ["c"]);
    const snapshots = join(workspace, "snapshots");
    const [, newest] = (await readdir(snapshots)).toSorted();
    await flipByte(join(snapshots, newest!, "files", "store.json"), (length) => length - 3);

    const copy = await openPromoted(3);
    expect(copy.service.copy.copyId).toBe(copyId);
    expect(await copy.get("a", "b", "c")).toEqual(["text a", "text b", "text c"]);
    expect(copy.notices.join("\n")).toContain("is skipped");
    expect(await readdir(snapshots)).not.toContain(newest);
    await copy.service.close();
  });

  test("the torn end of a log is cut and reported, and the writes before it stay", async () => {
    const copy = await openPromoted(1);
    await copy.write("op-a", "/index", { a: "text a" });
    await copy.write("op-b", "/index", { b: "text b" });
    const [segment] = await findFiles(join(workspace, "log"));
    const bytes = await readFile(segment!);
    await writeFile(segment!, bytes.subarray(0, bytes.length - 5));

    const next = await openPromoted(2);
    expect(next.notices.join("\n")).toContain("bytes at the end of the log: ");
    expect(await next.get("a", "b")).toEqual(["text a", ""]);
    await next.service.close();
  });

  test("with damage in the middle of the log, the workspace is moved aside and the copy starts empty under another id", async () => {
    const copy = await openPromoted(1);
    for (const id of ["a", "b", "c"])
      await copy.write(`op-${id}`, "/index", { [id]: "x".repeat(500) });
    const [segment] = await findFiles(join(workspace, "log"));
    await flipByte(segment!, (length) => Math.floor(length / 2));

    const next = await openLoneCopy(makeSpec(workspace));
    expect(next.service.copy.copyId).not.toBe(copy.service.copy.copyId);
    expect(next.service.copy.isEmpty).toBe(true);
    expect(next.notices.join("\n")).toContain(`kept in ${workspace}.damaged-1`);
    expect(await readdir(dirname(workspace))).toEqual([
      basename(workspace),
      `${basename(workspace)}.damaged-1`,
    ]);
    await next.service.close();
  });

  test("a snapshot beyond the log is the state, after a crash while the snapshot was fetched", async () => {
    await runOnce(1, ["a", "b", "c"]);
    const { openLog } = await import("../../../src/storage/storage.ts");
    const { log } = await openLog(join(workspace, "log"), { durability: "request" });
    await log.reset({ seq: 0, term: 0 });
    await log.close();
    const copy = await openPromoted(2);
    expect(await copy.get("a", "c")).toEqual(["text a", "text c"]);
    expect(await copy.service.inspect()).toMatchObject({ seq: 3 });
    await copy.write("op-d", "/index", { d: "text d" });
    expect(await copy.service.inspect()).toMatchObject({ seq: 4 });
    await copy.service.close();
  });
});
