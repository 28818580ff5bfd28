import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { LiveFlow, notesFlow, type Note } from "../../rig/live-flow.ts";

// Several flows start at once, possibly on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const notes = (count: number): Note[] =>
  Array.from({ length: count }, (_, i) => ({ id: `n${i}`, text: `text ${i}`.repeat(20) }));

/** A flow of one shard with two copies that was filled and taken down. */
async function leaveData(): Promise<LiveFlow> {
  const flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  for (const note of notes(30)) await flow.must("/index", [note]);
  return flow;
}

async function expectAllThere(flow: LiveFlow): Promise<void> {
  await flow.expectEqualCopies();
  const { docs } = await flow.must("/get", notes(30));
  expect(docs.map(({ id, tags }) => [id, tags?.["writes"]])).toEqual(
    notes(30).map(({ id }) => [id, 1]),
  );
}

/** Returns the largest file of this kind below a folder. */
function findFile(folder: string, isWanted: (name: string) => boolean): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isWanted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => statSync(b).size - statSync(a).size);
  const [largest] = files;
  if (largest === undefined) throw new Error(`no such file in ${folder}`);
  return largest;
}

/** Flips one bit at this fraction of a file. */
function flipBit(path: string, part: number): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * part);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  writeFileSync(path, bytes);
}

test("a copy with a corrupt log segment recovers from the other copy, and keeps the damaged files", async () => {
  await using flow = await leaveData();
  await flow.killAll();
  flipBit(
    findFile(join(flow.workspace("notes/0/0"), "log"), (name) => name.endsWith(".log")),
    0.4,
  );
  await flow.up();
  await expectAllThere(flow);
  expect(existsSync(`${flow.workspace("notes/0/0")}.damaged-1`), "the damaged files are kept").toBe(
    true,
  );
  await flow.down();
  expect((await flow.rig.jflow(["up", "-d"])).stderr, "and each start names them").toMatch(
    /"notes" keeps 1 damaged copy \(/,
  );
});

test.concurrent("a shard with damage in every copy is red, and explain says what is damaged and where it is kept", async () => {
  await using flow = await leaveData();
  await flow.killAll();
  const folders = ["notes/0/0", "notes/0/1"].map((address) => flow.workspace(address));
  for (const folder of folders)
    flipBit(
      findFile(join(folder, "log"), (name) => name.endsWith(".log")),
      0.4,
    );
  expect(
    (await flow.rig.jflow(["up", "-d"])).code,
    "up names the shard and exits 4, and the flow runs",
  ).toBe(4);
  const explained = await flow.rig.ok(["explain", "notes/0"]);
  for (const folder of folders) expect(explained).toContain(`${folder}.damaged-1`);
  expect(explained.match(/the copy holds 0 documents/g), explained).toHaveLength(2);
});

test("a corrupt snapshot is not loaded, and the copy recovers", async () => {
  await using flow = await leaveData();
  await flow.down();
  const damaged = findFile(
    join(flow.workspace("notes/0/1"), "snapshots"),
    (name) => name === "notes.json",
  );
  flipBit(damaged, 0.5);
  const bytes = readFileSync(damaged);
  await flow.up();
  await expectAllThere(flow);
  const isStillThere = existsSync(damaged) && readFileSync(damaged).equals(bytes);
  expect(isStillThere, "the damaged snapshot is removed or replaced").toBe(false);
});

test.concurrent("a copy with an empty workspace is never the primary, and recovers from the other copy", async () => {
  await using flow = await leaveData();
  await flow.killAll();
  rmSync(flow.workspace("notes/0/0"), { recursive: true });
  await flow.up();
  await expectAllThere(flow);
  await flow.killAll();
  renameSync(flow.workspace("notes/0/0"), join(flow.rig.folder, "away"));
  renameSync(flow.workspace("notes/0/1"), flow.workspace("notes/0/0"));
  renameSync(join(flow.rig.folder, "away"), flow.workspace("notes/0/1"));
  await flow.up();
  await expectAllThere(flow);
  expect(
    (await flow.shards()).map(({ inSync }) => inSync),
    "swapped folders are still the same copies",
  ).toEqual([true, true]);
});

test.concurrent("a shard whose workspaces are both empty is red, and verify and explain report it", async () => {
  await using flow = await leaveData();
  await flow.killAll();
  cpSync(flow.workspace("notes/0"), join(flow.rig.folder, "kept"), { recursive: true });
  rmSync(flow.workspace("notes/0"), { recursive: true });
  const up = await flow.rig.jflow(["up", "-d"]);
  expect(up.code, `up names the shard and exits 4, and the flow runs:\n${up.stderr}`).toBe(4);
  expect(up.stderr).toMatch(/notes\/0/);
  expect((await flow.health()).status).toBe("red");
  const verify = await flow.rig.jflow(["verify"]);
  expect([verify.code, verify.stderr], "two empty copies are not valid").toEqual([
    1,
    expect.stringMatching(/no primary: notes\/0; .* \(run jflow explain notes\/0\)/),
  ]);
  await flow.down();
  rmSync(flow.workspace("notes/0"), { recursive: true });
  renameSync(join(flow.rig.folder, "kept"), flow.workspace("notes/0"));
  await flow.up();
  await expectAllThere(flow);
});

test.concurrent("data without state.json is an error that says what to do", async () => {
  await using flow = await leaveData();
  await flow.killAll();
  const kept = readFileSync(flow.stateFile);
  rmSync(flow.stateFile);
  const up = await flow.rig.jflow(["up", "-d"]);
  expect(up.code, `${up.stdout}\n${up.stderr}`).not.toBe(0);
  expect(`${up.stdout}${up.stderr}`).toMatch(
    /a copy holds data, but state\.json does not list the shard.*jflow explain notes\/0/,
  );
  const explained = await flow.rig.ok(["explain", "notes/0"]);
  expect(explained, "what to do").toMatch(/restore state\.json from a backup/);
  expect(explained).toMatch(/reroute --allocate-stale/);
  await flow.rig.jflow(["down"]);
  writeFileSync(flow.stateFile, kept);
  await flow.up();
  await expectAllThere(flow);
});

test("another number of shards is an error if there is data, and names jflow reshard", async () => {
  await using flow = await leaveData();
  await flow.down();
  flow.rig.write("flow.yml", notesFlow({ shards: 3, replicas: 2 }));
  const up = await flow.rig.jflow(["up", "-d"]);
  expect(up.code, `it said: ${up.stderr}`).not.toBe(0);
  expect(up.stderr).toMatch(/"notes" has data in 1 shard, but the flow file says 3 shards/);
  expect(up.stderr).toMatch(/jflow reshard notes --shards 3/);
  flow.rig.write("flow.yml", notesFlow({ shards: 1, replicas: 2 }));
  await flow.up();
  await expectAllThere(flow);
});

test("down and up keep all data, replay no writes, and keep the in-sync set", async () => {
  await using flow = await leaveData();
  for (let round = 0; round < 2; round += 1) {
    await flow.down();
    await flow.up();
    expect((await flow.shards()).map(({ inSync }) => inSync)).toEqual([true, true]);
    await expectAllThere(flow);
  }
});
