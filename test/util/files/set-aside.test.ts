import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { setAside } from "../../../src/util/files/set-aside.ts";

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "jflow-aside-"));
});
afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
});

test("a folder gets the first free number, and earlier folders stay", async () => {
  for (const number of [1, 2]) {
    const folder = join(scratch, "copy");
    await mkdir(folder);
    expect(await setAside(folder, "damaged")).toBe(`${folder}.damaged-${number}`);
  }
  expect(await readdir(scratch)).toEqual(["copy.damaged-1", "copy.damaged-2"]);
});

test("a folder that does not exist is reported as undefined", async () => {
  expect(await setAside(join(scratch, "copy"), "damaged")).toBeUndefined();
});
