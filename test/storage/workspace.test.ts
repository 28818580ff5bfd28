import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openLog, Workspace } from "../../src/storage/storage.ts";
import { removeFolder } from "../../src/util/files/remove-folder.ts";
import { recordsBetween } from "../contract/log.ts";
import { rejection } from "./rejection.ts";

const scratch = mkdtempSync(join(tmpdir(), "jflow-workspace-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;
const newFolder = (): string => join(scratch, "data", String((made += 1)), "indexer", "0", "1");

test("a workspace is made with a copy id of its own, which stays", async () => {
  const folder = newFolder();
  const first = await Workspace.open(folder);
  expect(first).toMatchObject({ folder, isNew: true, recordedCheckpoint: 0 });
  expect(first.copyId).toMatch(/^[0-9a-f-]{36}$/);
  expect(await Workspace.open(folder)).toMatchObject({ copyId: first.copyId, isNew: false });
  expect((await Workspace.open(newFolder())).copyId).not.toBe(first.copyId);
});

test("its folders are its owner's alone, and so are its files", async () => {
  const workspace = await Workspace.open(newFolder());
  const modes = [workspace.folder, workspace.executorFolder, join(workspace.folder, "copy-id")].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

test("an emptied folder is a new copy", async () => {
  const folder = newFolder();
  const { copyId } = await Workspace.open(folder);
  rmSync(folder, { recursive: true });
  const again = await Workspace.open(folder);
  expect(again.isNew).toBe(true);
  expect(again.copyId).not.toBe(copyId);
});

test("swapped folders are swapped copies", async () => {
  const [a, b] = [newFolder(), newFolder()];
  const [idA, idB] = [(await Workspace.open(a)).copyId, (await Workspace.open(b)).copyId];
  renameSync(a, `${a}-away`);
  renameSync(b, a);
  renameSync(`${a}-away`, b);
  expect([(await Workspace.open(a)).copyId, (await Workspace.open(b)).copyId]).toEqual([idB, idA]);
});

test.each(["log", "snapshots"])(
  "a folder with a %s but no copy id is refused, and left as it is",
  async (name) => {
    const folder = newFolder();
    mkdirSync(join(folder, name), { recursive: true });
    expect(await rejection(Workspace.open(folder))).toMatch(
      new RegExp(
        `^FAILED_PRECONDITION: .*${name} folder but no copy-id file.*Move the workspace away`,
      ),
    );
    expect(readdirSync(folder)).toEqual([name]);
  },
);

test.each([
  { file: "copy-id", text: "" },
  { file: "copy-id", text: "not-an-id\n" },
  { file: "checkpoint", text: "12 00000000\n" },
  { file: "checkpoint", text: "" },
])("a damaged $file ($text) is DATA_LOSS and names the way out", async ({ file, text }) => {
  const { folder } = await Workspace.open(newFolder());
  writeFileSync(join(folder, file), text);
  expect(await rejection(Workspace.open(folder))).toMatch(
    new RegExp(`^DATA_LOSS: .*${file} is damaged\\. Stop the copy and move its workspace away`),
  );
});

test("the recorded checkpoint never goes down, and survives", async () => {
  const folder = newFolder();
  const workspace = await Workspace.open(folder);
  await Promise.all([
    workspace.recordCheckpoint(5),
    workspace.recordCheckpoint(900),
    workspace.recordCheckpoint(30),
  ]);
  expect(workspace.recordedCheckpoint).toBe(900);
  await workspace.recordCheckpoint(7);
  expect((await Workspace.open(folder)).recordedCheckpoint).toBe(900);
});

test("free bytes are those of the disk", async () => {
  const workspace = await Workspace.open(newFolder());
  expect(await workspace.freeBytes()).toBeGreaterThan(1_000_000);
});

test("a workspace that was moved away is named", async () => {
  const folder = newFolder();
  const workspace = await Workspace.open(folder);
  renameSync(folder, `${folder}-moved`);
  await expect(workspace.freeBytes()).rejects.toMatchObject({
    code: "INTERNAL",
    message: `the workspace ${folder} does not exist: it was moved or removed while the flow runs`,
  });
});

test("a removed workspace is a new copy that holds nothing", async () => {
  const workspace = await Workspace.open(newFolder());
  const { log } = await openLog(workspace.logFolder, { durability: "request" });
  log.append(recordsBetween(1, 5));
  await log.close();
  writeFileSync(join(workspace.executorFolder, "vectors"), "v");
  await workspace.recordCheckpoint(5);
  await removeFolder(workspace.folder);
  const fresh = await Workspace.open(workspace.folder);
  expect(fresh.copyId).not.toBe(workspace.copyId);
  expect([fresh.isNew, fresh.recordedCheckpoint]).toEqual([true, 0]);
  expect(readdirSync(fresh.folder).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "copy-id",
    "executor",
  ]);
  expect(readdirSync(fresh.executorFolder)).toEqual([]);
});

test("the remains of a removal that a crash cut short are gone after the next opening", async () => {
  const { folder } = await Workspace.open(newFolder());
  renameSync(folder, `${folder}.removed`);
  rmSync(join(`${folder}.removed`, "copy-id"));
  expect((await Workspace.open(folder)).isNew).toBe(true);
  expect(existsSync(`${folder}.removed`)).toBe(false);
});
