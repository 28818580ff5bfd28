import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FolderWatch } from "../../../src/supervisor/watch/folder-watch.ts";

let folder: string;
let watch: FolderWatch;
let events = 0;
let onEvent: () => void = () => undefined;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "jflow-watch-")));
  events = 0;
  watch = new FolderWatch({
    root: folder,
    changed() {
      events += 1;
      onEvent();
    },
    failed(problem) {
      throw new Error(problem);
    },
  });
});
afterEach(async () => {
  watch.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

/** Resolves with the number of events when the action has caused one. */
async function seen(action: () => Promise<unknown>): Promise<number> {
  const event = new Promise<void>((resolve) => {
    onEvent = resolve;
  });
  await action();
  await event;
  return events;
}

test("a file that is written, replaced, removed or made again is seen", async () => {
  await writeFile(at("a.ts"), "1");
  await watch.follow([at("a.ts")]);
  await seen(async () => writeFile(at("a.ts"), "2"));
  await writeFile(at("new"), "3");
  await seen(async () => rename(at("new"), at("a.ts")));
  await seen(async () => rm(at("a.ts")));
  expect(await seen(async () => writeFile(at("a.ts"), "4"))).toBeGreaterThanOrEqual(4);
});

test("other files of the folder are not seen", async () => {
  const other = new FolderWatch({
    root: folder,
    changed: () => onEvent(),
    failed: expect.unreachable,
  });
  await watch.follow([at("a.ts")]);
  await other.follow([at("other.ts")]);
  await seen(async () => writeFile(at("other.ts"), "1"));
  other.close();
  expect(events).toBe(0);
});

test("a folder that does not exist yet, or is made again, is seen", async () => {
  const files = [at("lib/sub/a.ts")];
  await watch.follow(files);
  await seen(async () => mkdir(at("lib/sub"), { recursive: true }));
  await watch.follow(files);
  await seen(async () => writeFile(at("lib/sub/a.ts"), "1"));
  await seen(async () => rename(at("lib"), at("old")));
  await watch.follow(files);
  await seen(async () => mkdir(at("lib/sub"), { recursive: true }));
  await watch.follow(files);
  expect(await seen(async () => writeFile(at("lib/sub/a.ts"), "2"))).toBeGreaterThanOrEqual(4);
});

test("the target of a symbolic link is seen, and so is a link to another target", async () => {
  await mkdir(at("shared"));
  await writeFile(at("shared/a.ts"), "1");
  await symlink(at("shared/a.ts"), at("a.ts"));
  await watch.follow([at("a.ts")]);
  await seen(async () => writeFile(at("shared/a.ts"), "2"));
  await symlink(at("shared/b.ts"), at("link"));
  expect(await seen(async () => rename(at("link"), at("a.ts")))).toBeGreaterThanOrEqual(2);
});
