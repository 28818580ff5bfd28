import type { SnapshotChunk } from "../../../src/model/shard/snapshot.ts";
import type { Position } from "../../../src/model/shard/log.ts";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  nodeFiles,
  type CountedSnapshot,
  type Files,
  Snapshots,
} from "../../../src/storage/storage.ts";
import { rejection } from "../rejection.ts";

const scratch = mkdtempSync(join(tmpdir(), "jflow-snapshots-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let opened = 0;

interface Opened {
  readonly folder: string;
  readonly snapshots: Snapshots;
  readonly reports: string[];
}

async function open(
  folder = join(scratch, String((opened += 1))),
  files: Files = nodeFiles,
): Promise<Opened> {
  const reports: string[] = [];
  return {
    folder,
    snapshots: await Snapshots.open(folder, { report: (message) => reports.push(message), files }),
    reports,
  };
}

const EXTRA = Buffer.from("the operation ids");

/** Takes a snapshot of some files and counts it. */
async function take(
  snapshots: Snapshots,
  mark: Position,
  content: Record<string, string> = { state: `as of ${mark.seq}` },
): Promise<CountedSnapshot> {
  const pending = await snapshots.begin(mark);
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(join(pending.path, name, ".."), { recursive: true });
    writeFileSync(join(pending.path, name), text);
  }
  await pending.finish(EXTRA);
  return snapshots.count(pending);
}

const marksOf = (snapshots: readonly CountedSnapshot[]): number[] =>
  snapshots.map((snapshot) => snapshot.mark.seq);

async function collect(chunks: AsyncIterable<SnapshotChunk>): Promise<SnapshotChunk[]> {
  const all: SnapshotChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

test("a snapshot counts only after count(): neither begun nor finished does it, and the worker's part comes back", async () => {
  const { snapshots } = await open();
  const pending = await snapshots.begin({ seq: 7, term: 2 });
  writeFileSync(join(pending.path, "state"), "seven");
  expect(await rejection(snapshots.count(pending))).toMatch(/^INTERNAL: .*not finished/);
  await pending.finish(EXTRA);
  expect(await snapshots.list()).toEqual([]);
  await snapshots.count(pending);
  const [counted] = await snapshots.list();
  expect(counted?.mark).toEqual({ seq: 7, term: 2 });
  expect(counted?.bytes).toBe(5 + EXTRA.length);
  expect(readFileSync(join(counted?.path ?? "", "state"), "utf8")).toBe("seven");
  expect(await counted?.readExtra()).toEqual(EXTRA);
});

test("the two newest are kept, newest first, by number and not by age", async () => {
  const { snapshots, folder } = await open();
  for (const seq of [10, 200, 30]) await take(snapshots, { seq, term: 1 });
  expect(marksOf(await snapshots.list())).toEqual([200, 30]);
  await take(snapshots, { seq: 300, term: 1 });
  expect(marksOf(await snapshots.list())).toEqual([300, 200]);
  expect(readdirSync(folder).length, "nothing else lies in the folder").toBe(2);
});

test("an executor that leaves no file at all, or files in folders, is taken as it is", async () => {
  const { snapshots } = await open();
  expect(await snapshots.verify(await take(snapshots, { seq: 1, term: 1 }, {}))).toBe(true);
  const counted = await take(
    snapshots,
    { seq: 2, term: 1 },
    { "a/b/c": "deep", "a/d": "", e: "flat" },
  );
  expect(await snapshots.verify(counted)).toBe(true);
  expect(readFileSync(join(counted.path, "a/b/c"), "utf8")).toBe("deep");
});

test("files are readable by their owner alone", async () => {
  const { snapshots, folder } = await open();
  const counted = await take(snapshots, { seq: 1, term: 1 });
  const modes = [
    folder,
    join(counted.path, ".."),
    counted.path,
    join(counted.path, "../manifest"),
    join(counted.path, "../extra"),
  ];
  expect(modes.map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual([
    "700",
    "700",
    "700",
    "600",
    "600",
  ]);
});

test.each([
  {
    name: "a flipped byte",
    damage: (path: string) => writeFileSync(join(path, "state"), "As of 5"),
    reason: "state is not as it was written",
  },
  {
    name: "a longer file",
    damage: (path: string) => appendFileSync(join(path, "state"), "!"),
    reason: "state has 8 bytes instead of 7",
  },
  {
    name: "a missing file",
    damage: (path: string) => rmSync(join(path, "state")),
    reason: "state is missing",
  },
  {
    name: "a file too many",
    damage: (path: string) => writeFileSync(join(path, "other"), ""),
    reason: "other is not in its manifest",
  },
  {
    name: "a damaged worker's part",
    damage: (path: string) => writeFileSync(join(path, "../extra"), "the operation idx"),
    reason: "extra is not as",
  },
])(
  "$name makes a snapshot rotten: it is found by verify(), reported, and the older one is whole",
  async ({ damage, reason }) => {
    const { snapshots, reports } = await open();
    await take(snapshots, { seq: 4, term: 1 });
    damage((await take(snapshots, { seq: 5, term: 1 })).path);
    const listed = await snapshots.list();
    expect(marksOf(listed)).toEqual([5, 4]);
    const whole: boolean[] = [];
    for (const snapshot of listed) whole.push(await snapshots.verify(snapshot));
    expect(whole).toEqual([false, true]);
    expect(reports).toEqual([
      expect.stringMatching(new RegExp(`^snapshot 0*5-0*1 is skipped: ${reason}`)),
    ]);
  },
);

test("a damaged worker's part is DATA_LOSS when it is read", async () => {
  const { snapshots } = await open();
  const counted = await take(snapshots, { seq: 5, term: 1 });
  writeFileSync(join(counted.path, "../extra"), "the operation idx");
  expect(await rejection(counted.readExtra())).toMatch(/^DATA_LOSS: .*extra/);
});

test.each([
  { name: "garbled", text: "jflow snapshot 1 00000000\n{}" },
  { name: "empty", text: "" },
])("one whose manifest is $name is reported and left out of the list", async ({ text }) => {
  const { snapshots, reports } = await open();
  await take(snapshots, { seq: 4, term: 1 });
  const counted = await take(snapshots, { seq: 5, term: 1 });
  writeFileSync(join(counted.path, "../manifest"), text);
  expect(marksOf(await snapshots.list())).toEqual([4]);
  expect(reports.join()).toContain("5-0000000001 is skipped: its manifest cannot be read");
  expect(await snapshots.verify(counted)).toBe(false);
});

test("a snapshot that a newer jflow wrote is refused: it is neither skipped nor removed", async () => {
  const { snapshots, reports, folder } = await open();
  await take(snapshots, { seq: 4, term: 1 });
  const counted = await take(snapshots, { seq: 5, term: 1 });
  const manifest = join(counted.path, "../manifest");
  writeFileSync(manifest, "jflow snapshot 2 00000000\n{}");
  const refused = /^FAILED_PRECONDITION: cannot read .*\/manifest: a newer jflow wrote it/;
  expect(await rejection(snapshots.list())).toMatch(refused);
  expect(await rejection(snapshots.verify(counted))).toMatch(refused);
  expect(await rejection(take(snapshots, { seq: 6, term: 1 }))).toMatch(refused);
  expect(reports).toEqual([]);
  expect(readdirSync(folder)).toContain("00000000000000000005-0000000001");
});

test("an unreadable one is removed once two newer ones can be read, and not before", async () => {
  const { snapshots, folder } = await open();
  for (const seq of [4, 5]) await take(snapshots, { seq, term: 1 });
  writeFileSync(join(folder, "00000000000000000005-0000000001/manifest"), "");
  await take(snapshots, { seq: 6, term: 1 });
  expect(readdirSync(folder).length, "4 and 6 can be read, 5 cannot").toBe(3);
  await take(snapshots, { seq: 7, term: 1 });
  expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "00000000000000000006-0000000001",
    "00000000000000000007-0000000001",
  ]);
});

test("a symbolic link left by the executor is refused", async () => {
  const { snapshots } = await open();
  const pending = await snapshots.begin({ seq: 1, term: 1 });
  symlinkSync("/etc/passwd", join(pending.path, "innocent"));
  expect(await rejection(pending.finish(EXTRA))).toMatch(/^EXECUTOR_FAILED: .*innocent/);
  await pending.discard();
  expect(await snapshots.list()).toEqual([]);
});

test("a file hard-linked from the snapshot before is not read again; one that grew since is", async () => {
  const read: string[] = [];
  const files: Files = {
    ...nodeFiles,
    open: (path, how) => {
      if (how === "read") read.push(path.split("/").at(-1) ?? "");
      return nodeFiles.open(path, how);
    },
  };
  const { snapshots } = await open(undefined, files);
  const before = await take(
    snapshots,
    { seq: 1, term: 1 },
    { sealed: "never changes", growing: "grows", own: "1" },
  );
  const pending = await snapshots.begin({ seq: 2, term: 1 });
  for (const name of ["sealed", "growing"])
    linkSync(join(before.path, name), join(pending.path, name));
  appendFileSync(join(pending.path, "growing"), " on");
  writeFileSync(join(pending.path, "own"), "2");
  read.length = 0;
  await pending.finish(EXTRA);
  expect(read.filter((name) => name !== "manifest").toSorted((a, b) => a.localeCompare(b))).toEqual(
    ["growing", "own"],
  );
  const counted = await snapshots.count(pending);
  expect(await snapshots.verify(counted)).toBe(true);
});

test("a snapshot of a record that counts already: the whole one is kept, a rotten one replaced", async () => {
  const { snapshots, folder } = await open();
  const first = await take(snapshots, { seq: 3, term: 1 }, { state: "the same" });
  await take(snapshots, { seq: 3, term: 1 }, { state: "the same" });
  expect(await snapshots.verify(first)).toBe(true);
  writeFileSync(join(first.path, "state"), "rotten!!");
  const again = await take(snapshots, { seq: 3, term: 1 }, { state: "the same" });
  expect(await snapshots.verify(again)).toBe(true);
  expect(readdirSync(folder).length).toBe(1);
});

test("a sent snapshot arrives whole, counts, and replaces newer ones, whose history may have been given up", async () => {
  const [from, to] = [await open(), await open()];
  const content = { "a/large": "x".repeat(2_500_000), empty: "", small: "y" };
  const sent = await take(from.snapshots, { seq: 50, term: 3 }, content);
  for (const seq of [40, 60]) await take(to.snapshots, { seq, term: 2 });
  const receiving = await to.snapshots.receive();
  for await (const chunk of from.snapshots.send(sent)) {
    expect(chunk.bytes.length).toBeLessThanOrEqual(1 << 20);
    await receiving.write(chunk);
  }
  const counted = await receiving.finish();
  expect(await to.snapshots.verify(counted)).toBe(true);
  expect(marksOf(await to.snapshots.list())).toEqual([50, 40]);
  expect(readFileSync(join(counted.path, "a/large"), "utf8")).toBe(content["a/large"]);
  expect(await counted.readExtra()).toEqual(EXTRA);
  expect(readdirSync(to.folder).length).toBe(2);
});

test("a snapshot that is being sent is not removed before the last portion", async () => {
  const { snapshots } = await open();
  const sent = await take(snapshots, { seq: 1, term: 1 }, { large: "x".repeat(3_000_000) });
  const portions = snapshots.send(sent)[Symbol.asyncIterator]();
  await portions.next();
  for (const seq of [2, 3, 4]) await take(snapshots, { seq, term: 1 });
  expect(marksOf(await snapshots.list())).toEqual([4, 3, 1]);
  let bytes = 0;
  for (let next = await portions.next(); next.done !== true; next = await portions.next())
    bytes += next.value.bytes.length;
  expect(bytes, "the rest of it").toBe(3_000_000 + EXTRA.length);
  expect(marksOf(await snapshots.list())).toEqual([4, 3]);
  expect(await rejection(collect(snapshots.send(sent)))).toMatch(/^NOT_FOUND: /);
});

test("a sender that stops half-way lets go of its snapshot", async () => {
  const { snapshots } = await open();
  const sent = await take(snapshots, { seq: 1, term: 1 });
  for await (const chunk of snapshots.send(sent)) if (chunk.file === "manifest") break;
  for (const seq of [2, 3]) await take(snapshots, { seq, term: 1 });
  expect(marksOf(await snapshots.list())).toEqual([3, 2]);
});

test.each([
  "../escape",
  "files/../../escape",
  "files/../manifest",
  "/etc/passwd",
  "files//etc/passwd",
  "files/",
  "files/.",
  "files/a\\b",
  "files/a\0b",
  "files/a/../b",
  "",
  "other",
  "manifest/x",
  `files/${"n".repeat(300)}`,
])("a received file named %j is refused", async (file) => {
  const { snapshots, folder } = await open();
  const receiving = await snapshots.receive();
  expect(await rejection(receiving.write({ file, offset: 0, bytes: Buffer.from("x") }))).toMatch(
    /^INVALID_ARGUMENT: /,
  );
  await receiving.discard();
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  {
    name: "a portion left out",
    change: (chunks: SnapshotChunk[]) => chunks.filter((_, i) => i !== 3),
    says: /INVALID_ARGUMENT: .*not the next/,
  },
  {
    name: "a portion twice",
    change: (chunks: SnapshotChunk[]) => [...chunks, ...chunks.slice(-1)],
    says: /INVALID_ARGUMENT: .*not the next/,
  },
  {
    name: "a file twice",
    change: (chunks: SnapshotChunk[]) => [...chunks, ...chunks.slice(1, 2)],
    says: /UNAVAILABLE: .*EEXIST/,
  },
  {
    name: "an end too early",
    change: (chunks: SnapshotChunk[]) => chunks.slice(0, -1),
    says: /DATA_LOSS: .*did not arrive whole/,
  },
  {
    name: "a file too many",
    change: (chunks: SnapshotChunk[]) => [
      ...chunks,
      { file: "files/z", offset: 0, bytes: Buffer.from("z") },
    ],
    says: /DATA_LOSS: .*z is not in its manifest/,
  },
  {
    name: "a garbled byte",
    change: (chunks: SnapshotChunk[]) =>
      chunks.map((chunk, i) =>
        i === 4 ? { ...chunk, bytes: Buffer.alloc(chunk.bytes.length) } : chunk,
      ),
    says: /DATA_LOSS: .*is not as it was written/,
  },
  {
    name: "no manifest",
    change: (chunks: SnapshotChunk[]) => chunks.slice(1),
    says: /UNAVAILABLE: .*ENOENT/,
  },
])("a snapshot that arrives with $name does not count", async ({ change, says }) => {
  const [from, to] = [await open(), await open()];
  const sent = await take(from.snapshots, { seq: 5, term: 1 }, { large: "x".repeat(3_000_000) });
  const receiving = await to.snapshots.receive();
  const arrive = async (): Promise<CountedSnapshot> => {
    for (const chunk of change(await collect(from.snapshots.send(sent))))
      await receiving.write(chunk);
    return receiving.finish();
  };
  expect(await rejection(arrive())).toMatch(says);
  await receiving.discard();
  expect(readdirSync(to.folder)).toEqual([]);
});

test("what a crash left is discarded, and what counts is not", async () => {
  const { snapshots, folder } = await open();
  await take(snapshots, { seq: 5, term: 1 });
  await (await snapshots.begin({ seq: 6, term: 1 })).finish(EXTRA);
  await snapshots.begin({ seq: 7, term: 1 });
  await snapshots.receive();
  expect(readdirSync(folder).length).toBe(4);
  const again = await open(folder);
  expect(marksOf(await again.snapshots.list())).toEqual([5]);
  await again.snapshots.discardPending();
  expect(readdirSync(folder).length).toBe(1);
});
