import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { shardOfKey } from "../../../src/model/shard/routing.ts";
import { LiveFlow, notesFlow, type Note } from "../../rig/live-flow.ts";
import { eventually } from "../../rig/rig.ts";
import { vectorNote } from "../../rig/traffic.ts";

// Several flows start at once, possibly on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const COUNT = 300;
const notes: readonly Note[] = Array.from({ length: COUNT }, (_, i) =>
  i % 10 === 0
    ? { id: `n${i}`, text: `text ${i}`, tags: { _routing: "together" } }
    : { id: `n${i}`, text: `text ${i}` },
);

function keyOf({ id, tags }: Note): string {
  const routing = tags?.["_routing"];
  return typeof routing === "string" ? routing : id;
}

interface StoredState {
  readonly deployments: {
    readonly notes: { readonly shards: number; readonly routingShards: number };
  };
}

const readState = (flow: LiveFlow): StoredState["deployments"]["notes"] =>
  (JSON.parse(readFileSync(flow.stateFile, "utf8")) as StoredState).deployments.notes;

async function expectAllInShards(flow: LiveFlow, shards: number): Promise<void> {
  await flow.expectEqualCopies();
  const { routingShards } = readState(flow);
  const { docs } = await flow.must("/get", notes);
  expect(docs.map(({ id, text }) => [id, text])).toEqual(notes.map(({ id, text }) => [id, text]));
  const misplaced = docs.filter(
    ({ tags }, i) => tags?.["shard"] !== shardOfKey(keyOf(notes[i]!), shards, routingShards),
  );
  expect(misplaced, "documents that are not in the shard of their hash").toEqual([]);
}

test("reshard moves the documents of a stopped flow into more and fewer shards, and keeps the old data", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2 }));
  for (let from = 0; from < COUNT; from += 50)
    await flow.must("/index", notes.slice(from, from + 50));
  await flow.must("/delete", [{ id: "n299" }]);
  await flow.must("/index", [notes[299]!]);
  const running = await flow.rig.jflow(["reshard", "notes", "--shards", "4"]);
  expect(running.code, "reshard fails while the flow runs").not.toBe(0);
  const { routingShards } = readState(flow);
  // Not a clean stop, so that the log must be replayed.
  await flow.killAll();

  const { stderr, code } = await flow.rig.jflow(["reshard", "notes", "--shards", "4"]);
  expect(code, `it said: ${stderr}`).toBe(0);
  expect(stderr).toMatch(/"notes" now has 300 documents in 4 shards, before in 2/);
  expect(
    readState(flow),
    "a multiple: the same hash space, each new shard from one old shard",
  ).toMatchObject({
    shards: 4,
    routingShards,
  });
  flow.rig.write("flow.yml", notesFlow({ shards: 4, replicas: 2 }));
  await flow.up();
  await expectAllInShards(flow, 4);
  await flow.down();

  await flow.rig.ok(["reshard", "notes", "--shards", "3"]);
  flow.rig.write("flow.yml", notesFlow({ shards: 3, replicas: 2 }));
  await flow.up();
  await expectAllInShards(flow, 3);
  const kept = readdirSync(dirname(flow.workspace("notes"))).toSorted();
  expect(kept).toEqual(["notes", "notes.before-reshard-1", "notes.before-reshard-2"]);
});

test.concurrent("reshard of a vector index keeps each document findable by its vector", async () => {
  const uses = { uses: "HNSWIndexer", more: ["uses_after: MatchMerger"] };
  await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 1, ...uses }));
  const vectors = notes.map(({ id }) => vectorNote(id));
  for (let from = 0; from < COUNT; from += 100)
    await flow.must("/index", vectors.slice(from, from + 100));
  // The same documents in other shards: the newest one of each id is kept, and counted once.
  const moved = vectors
    .slice(0, 10)
    .map((note) => ({ ...note, text: "moved", tags: { _routing: "together" } }));
  await flow.must("/index", moved);
  await flow.down();
  const { stderr } = await flow.rig.jflow(["reshard", "notes", "--shards", "3"]);
  expect(stderr).toContain(`"notes" now has ${COUNT} documents in 3 shards`);
  flow.rig.write("flow.yml", notesFlow({ shards: 3, replicas: 2, ...uses }));
  await flow.up();
  await flow.expectEqualCopies();
  const { docs } = await flow.must("/search", vectors, { parameters: { limit: 1 } });
  expect(docs.map(({ matches }) => matches?.[0]?.id)).toEqual(vectors.map(({ id }) => id));
  const kept = await flow.must("/get", moved);
  expect(kept.docs.map(({ text }) => text)).toEqual(moved.map(({ text }) => text));
});

test.concurrent("reshard skips a damaged copy with a message, and changes nothing if all copies are damaged", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  for (let from = 0; from < COUNT; from += 50)
    await flow.must("/index", notes.slice(from, from + 50));
  await flow.killAll();
  const damage = (copy: string): void => {
    const folder = join(flow.workspace(copy), "log");
    const [name] = readdirSync(folder).filter((file) => file.endsWith(".log"));
    const bytes = readFileSync(join(folder, name!));
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 4, bytes.length >> 1);
    writeFileSync(join(folder, name!), bytes);
  };
  damage("notes/0/0");
  cpSync(flow.workspace("notes"), join(flow.rig.folder, "kept"), { recursive: true });
  damage("notes/0/1");
  const refused = await flow.rig.jflow(["reshard", "notes", "--shards", "2"]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(
      /cannot read an in-sync copy of notes\/0: the data is unchanged\nnotes\/0\/0: .*damaged.*\nnotes\/0\/1: .*damaged/s,
    ),
  ]);
  expect(readdirSync(dirname(flow.workspace("notes")))).toEqual(["notes"]);
  expect(readdirSync(flow.workspace("notes/0"))).toEqual(["0", "1"]);

  rmSync(flow.workspace("notes"), { recursive: true });
  renameSync(join(flow.rig.folder, "kept"), flow.workspace("notes"));
  const { stderr, code } = await flow.rig.jflow(["reshard", "notes", "--shards", "2"]);
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/skipped a copy that cannot be read: notes\/0\/0: .*damaged/),
  ]);
  flow.rig.write("flow.yml", notesFlow({ shards: 2, replicas: 1 }));
  await flow.up();
  await expectAllInShards(flow, 2);
});

test.concurrent("a killed reshard leaves the old data unchanged and can be repeated", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2 }));
  for (let from = 0; from < COUNT; from += 50)
    await flow.must("/index", notes.slice(from, from + 50));
  await flow.down();
  const started = flow.rig.start(["reshard", "notes", "--shards", "5"]);
  await eventually("the first new shard is being built", async () =>
    existsSync(`${flow.workspace("notes")}.resharding/0/0`),
  );
  started.child.kill("SIGKILL");
  await started.finished;
  await eventually("its supervisor has ended", async () => {
    const { code } = await flow.rig.jflow(["up", "-d"]);
    return code === 0;
  });
  await flow.findGateway();
  expect(readState(flow).shards, "the old data is unchanged").toBe(2);
  await expectAllInShards(flow, 2);
  await flow.down();
  await flow.rig.ok(["reshard", "notes", "--shards", "5"]);
  flow.rig.write("flow.yml", notesFlow({ shards: 5, replicas: 1 }));
  await flow.up();
  await expectAllInShards(flow, 5);
});

test.concurrent("reshard explains a missing executor, missing data, and an unchanged number of shards", async () => {
  await using flow = LiveFlow.prepare(notesFlow({ shards: 2, replicas: 1 }));
  const unknown = await flow.rig.jflow(["reshard", "nots", "--shards", "3"]);
  expect([unknown.code, unknown.stderr]).toEqual([
    3,
    expect.stringMatching(/no executor "nots": its executors are notes/),
  ]);
  const nothing = await flow.rig.jflow(["reshard", "notes", "--shards", "3"]);
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringMatching(/"notes" has no data/)]);
  await flow.up();
  await flow.must("/index", [{ id: "a", text: "a" }]);
  await flow.down();
  const same = await flow.rig.jflow(["reshard", "notes", "--shards", "2"]);
  expect([same.code, same.stderr]).toEqual([1, expect.stringMatching(/is already in 2 shards/)]);
});
