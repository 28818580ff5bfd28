import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveFlow, type Note } from "../../rig/live-flow.ts";
import { RawCallers } from "../../rig/raw-callers.ts";
import { eventually } from "../../rig/rig.ts";

const FLOW = `jtype: Flow
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: notes, uses: ./notebook.ts, shards: 2, replicas: 2 }
`;
const LONG = { timeout: 120_000 };
const BASE: readonly Note[] = Array.from({ length: 60 }, (_, i) => ({
  id: `base-${i}`,
  text: `text ${i}`,
}));
const BASE_IDS = BASE.map(({ id }) => id).toSorted();

let flow: LiveFlow;
beforeAll(async () => {
  flow = LiveFlow.prepare(FLOW);
  await flow.up();
  await flow.whenHealth("green");
  await flow.must("/index", BASE);
  await flow.rig.ok(["backup", "notes", "base"]);
}, 60_000);
afterAll(async () => flow[Symbol.asyncDispose]());

async function ids(): Promise<readonly string[]> {
  const { docs } = await flow.must("/dump", []);
  return docs.map(({ id }) => id).toSorted();
}

/** Restores the backup of the first documents. */
async function restore(): Promise<string> {
  const { code, stderr } = await flow.rig.jflow(["restore", "notes", "base", "--yes"]);
  expect(code, stderr).toBe(0);
  return stderr;
}

test(
  "a backup and an export among twenty callers fail no request, and hold every earlier write once",
  LONG,
  async () => {
    await using callers = await RawCallers.begin(flow, 20);
    await callers.more(200);
    const before = [...callers.acknowledged];
    await flow.rig.ok(["backup", "notes", "busy"]);
    await flow.rig.ok(["export-documents", "notes", "-o", "busy.jsonl"]);
    await callers.more(200);
    await callers.stop();
    expect(callers.problems.slice(0, 5), flow.output(60)).toEqual([]);
    const lines = readFileSync(join(flow.rig.folder, "busy.jsonl"), "utf8").trimEnd().split("\n");
    const exported = lines.map((line) => (JSON.parse(line) as Note).id);
    expect(new Set(exported).size).toBe(exported.length);
    expect(new Set(exported)).toEqual(new Set([...exported, ...before, ...BASE_IDS]));
    await flow.rig.ok(["restore", "notes", "busy", "--yes"]);
    const restored = new Set(await ids());
    expect([...before, ...BASE_IDS].filter((id) => !restored.has(id))).toEqual([]);
    await flow.expectEqualCopies();
  },
);

test(
  "a restore among readers and writers fails no request, and every copy has the data of the backup",
  LONG,
  async () => {
    await flow.must("/index", [{ id: "later", text: "after the backup" }]);
    const callers = new AbortController();
    const problems: string[] = [];
    const reader = async (from: number): Promise<void> => {
      for (let i = from; !callers.signal.aborted; i += 1) {
        const note = BASE[i % BASE.length]!;
        const { ok, why, docs } = await flow.post("/get", [{ id: note.id }]);
        if (!ok || docs[0]?.text !== note.text) problems.push(`${note.id}: ${why}`);
      }
    };
    const writer = async (): Promise<void> => {
      for (let i = 0; !callers.signal.aborted; i += 1) {
        const { ok, why } = await flow.post("/index", [{ id: `during-${i}`, text: "x" }]);
        if (!ok) problems.push(`during-${i}: ${why}`);
      }
    };
    const running = [reader(0), reader(7), reader(31), writer()];
    const output = await restore();
    const { docs } = await flow.must("/index", [{ id: "after", text: "after the restore" }]);
    callers.abort();
    await Promise.all(running);
    expect(docs).toHaveLength(1);
    expect(problems).toEqual([]);
    expect(output).toMatch(/restored notes from .*: 60 documents\n\d+ writes acknowledged after/);
    const found = await ids();
    expect(found).not.toContain("later");
    expect(found).toContain("after");
    expect(BASE_IDS.filter((id) => !found.includes(id))).toEqual([]);
    await flow.expectEqualCopies();
  },
);

test("a copy that was down during a restore has its data afterwards", LONG, async () => {
  const [follower] = await flow.followers();
  await flow.rig.ok(["stop", follower!]);
  await flow.must("/index", [{ id: "gone", text: "gone" }]);
  await restore();
  await flow.rig.ok(["start", follower!]);
  await flow.expectEqualCopies();
  expect(await ids()).toEqual(BASE_IDS);
});

test(
  "a restore whose primary is killed ends with the data of the backup on every copy",
  LONG,
  async () => {
    await flow.must("/index", [{ id: "gone", text: "gone" }]);
    const running = flow.rig.start(["restore", "notes", "base", "--yes"]);
    await eventually("the backup is loaded", async () => running.output().includes("loaded 60"));
    for (const primary of await flow.primaries()) await flow.signal(primary, "SIGKILL");
    const { code, stderr } = await running.finished;
    expect(code, stderr).toBe(0);
    await flow.expectEqualCopies();
    expect(await ids()).toEqual(BASE_IDS);
  },
);

test(
  "a restored state survives the death of all processes, and is in the next backup",
  LONG,
  async () => {
    await restore();
    await flow.must("/index", [{ id: "z-new", text: "new" }]);
    await flow.rig.ok(["backup", "notes", "second"]);
    await flow.killAll();
    await flow.up();
    await flow.expectEqualCopies();
    expect(await ids()).toEqual([...BASE_IDS, "z-new"]);
    await flow.must("/delete", [{ id: "z-new" }]);
    await flow.rig.ok(["restore", "notes", "second", "--yes"]);
    expect(await ids()).toEqual([...BASE_IDS, "z-new"]);
  },
);

test(
  "a supervisor killed in a restore leaves each shard with old or new data, and the next up says so",
  LONG,
  async () => {
    await restore();
    const old = BASE.map(({ id }) => ({ id: `old-${id}`, text: "old" }));
    await flow.must("/index", old);
    const running = flow.rig.start(["restore", "notes", "base", "--yes"]);
    await eventually("one shard is restored", async () =>
      running.output().includes("notes/0 has the data"),
    );
    await flow.killSupervisor();
    const { code, stderr } = await running.finished;
    // The command may have ended before the supervisor did.
    expect([0, 1], stderr).toContain(code);
    const up = await flow.rig.jflow(["up", "-d"]);
    expect(up.code, up.stderr).toBe(0);
    expect(code === 0 || /the restore of notes from .* was interrupted/.test(up.stderr)).toBe(true);
    await flow.findGateway();
    await flow.expectEqualCopies();
    const found = await ids();
    expect(BASE_IDS.filter((id) => !found.includes(id))).toEqual([]);
    const { docs } = await flow.must("/dump", []);
    const counts = (await flow.shards()).map(({ docs: count }) => count);
    expect(docs.length).toBe((counts[0] ?? 0) + (counts[2] ?? 0));
    await restore();
    expect(await ids()).toEqual(BASE_IDS);
    await flow.expectEqualCopies();
  },
);

test("a backup that does not fit or is damaged is refused, and nothing changes", LONG, async () => {
  await flow.must("/index", [{ id: "kept", text: "kept" }]);
  const refused = async (args: readonly string[]): Promise<readonly [number | null, string]> => {
    const { code, stderr } = await flow.rig.jflow(args);
    return [code ?? null, stderr];
  };
  expect(await refused(["restore", "notes", "base"])).toEqual([
    2,
    expect.stringContaining("Add --yes to confirm"),
  ]);
  expect(await refused(["restore", "notes", "nowhere", "--yes"])).toEqual([
    3,
    expect.stringContaining("holds no complete backup"),
  ]);
  expect(await refused(["backup", "notes", "base"])).toEqual([
    2,
    expect.stringContaining("base holds a backup of notes of "),
  ]);
  const { shards } = JSON.parse(
    readFileSync(join(flow.rig.folder, "base", "backup.json"), "utf8"),
  ) as { shards: { files: { name: string }[] }[] };
  appendFileSync(join(flow.rig.folder, "base", "1", shards[1]!.files[0]!.name), "x");
  expect(await refused(["restore", "notes", "base", "--yes"])).toEqual([
    4,
    expect.stringContaining("the backup is damaged, and no data was changed"),
  ]);
  expect(await ids()).toContain("kept");
});

test(
  "another number of shards is refused while the flow runs, and restored while it is stopped",
  LONG,
  async () => {
    await flow.down();
    flow.rig.write("flow.yml", FLOW.replace("shards: 2", "shards: 3"));
    const args = ["restore", "notes", "second", "--yes"];
    await flow.rig.ok(args);
    await flow.up();
    await flow.expectEqualCopies();
    expect(await ids()).toEqual([...BASE_IDS, "z-new"]);
    const { code, stderr } = await flow.rig.jflow(args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("the backup has 2 shards and notes has 3: a running flow cannot"),
    ]);
  },
);
