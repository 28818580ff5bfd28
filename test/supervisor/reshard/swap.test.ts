import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitReshard, draftFolder, finishReshard } from "../../../src/supervisor/reshard/swap.ts";
import { StateFile } from "../../../src/supervisor/disk/state-file.ts";

let root: string;
let folder: string;
const record = {
  deployment: "notes",
  state: {
    shards: 3,
    routingShards: 768,
    terms: [1, 2, 3].map((copy) => ({ term: 1, inSync: [`new-${copy}`] })),
  },
};

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "jflow-swap-"));
  folder = join(root, "notes");
  mkdirSync(folder);
  writeFileSync(join(folder, "data"), "old");
  mkdirSync(draftFolder(folder));
  writeFileSync(join(draftFolder(folder), "data"), "new");
  const state = await StateFile.open(join(root, "state.json"));
  state.record("notes", 1);
  await state.saveShard("notes", 0, { term: 4, inSync: ["old"] });
});
afterEach(() => rmSync(root, { recursive: true }));

const dataIn = (path: string): string => readFileSync(join(path, "data"), "utf8");
/** As the next supervisor does. */
async function finish(): Promise<{ aside: string | undefined; shards: number | undefined }> {
  const state = await StateFile.open(join(root, "state.json"));
  const aside = await finishReshard(folder, state);
  return { aside, shards: (await StateFile.open(join(root, "state.json"))).shardsOf("notes") };
}

test("a draft without a commit leaves the old data in place", async () => {
  expect(await finish()).toEqual({ aside: undefined, shards: 1 });
  expect(dataIn(folder)).toBe("old");
});

test("committed data replaces the old data, which is kept", async () => {
  await commitReshard(folder, record);
  const { aside, shards } = await finish();
  expect([dataIn(folder), dataIn(aside!), shards]).toEqual(["new", "old", 3]);
  expect(await finish(), "once more changes nothing").toEqual({ aside: undefined, shards: 3 });
});

test.each(["before anything", "with the old data aside", "with state.json written"])(
  "a swap continues after a crash: %s",
  async (when) => {
    await commitReshard(folder, record);
    if (when !== "before anything") renameSync(folder, `${folder}.before-reshard-1`);
    if (when === "with state.json written")
      await (
        await StateFile.open(join(root, "state.json"))
      ).replaceDeployment("notes", record.state);
    const { shards } = await finish();
    expect([dataIn(folder), dataIn(`${folder}.before-reshard-1`), shards]).toEqual([
      "new",
      "old",
      3,
    ]);
    expect(existsSync(`${folder}.resharded`)).toBe(false);
  },
);
