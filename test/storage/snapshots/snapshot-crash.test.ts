import type { Position } from "../../../src/model/shard/log.ts";
import { expect, test } from "vitest";
import { Snapshots } from "../../../src/storage/storage.ts";
import { fileError, seededRandom, SimulatedFiles, type Survival } from "../simulated-files.ts";
import { rejection } from "../rejection.ts";

const FOLDER = "/copy/snapshots";
const open = (files: SimulatedFiles): Promise<Snapshots> =>
  Snapshots.open(FOLDER, { report: () => undefined, files });

async function take(files: SimulatedFiles, snapshots: Snapshots, mark: Position): Promise<void> {
  const pending = await snapshots.begin(mark);
  await files.makeFolder(`${pending.path}/parts`);
  await files.writeFile(`${pending.path}/state`, Buffer.alloc(1500, mark.seq));
  await files.writeFile(`${pending.path}/parts/one`, Buffer.alloc(700, mark.seq));
  await pending.finish(Buffer.from(`ids of ${mark.seq}`));
  await snapshots.count(pending);
}

async function receive(snapshots: Snapshots, seq: number): Promise<void> {
  const sender = new SimulatedFiles();
  const theirs = await open(sender);
  await take(sender, theirs, { seq, term: 1 });
  const [sent] = await theirs.list();
  if (sent === undefined) throw new Error("the sender has no snapshot");
  const receiving = await snapshots.receive();
  for await (const chunk of theirs.send(sent)) await receiving.write(chunk);
  await receiving.finish();
}

/** What the next start finds: the numbers of all that count, each verified. */
async function findWhole(files: SimulatedFiles): Promise<number[]> {
  const snapshots = await open(files);
  await snapshots.discardPending();
  const whole: number[] = [];
  for (const snapshot of await snapshots.list())
    if (await snapshots.verify(snapshot)) whole.push(snapshot.mark.seq);
  const rotten = (await files.list(FOLDER)).length - whole.length;
  if (rotten !== 0) throw new Error(`${rotten} snapshots count that are not whole`);
  return whole;
}

const random = seededRandom(11);
const survivals: { name: string; survival: Survival }[] = [
  { name: "a kill", survival: { keep: "all" } },
  { name: "a loss of power that keeps only what was synced", survival: { keep: "synced" } },
  { name: "a loss of power that keeps some unsynced sectors", survival: { keep: "some", random } },
];

test.each(survivals)(
  "after $name at any step of taking a third snapshot, what counts is whole, and one at least of the two before is there",
  async ({ survival }) => {
    const seen = await crashAtEachStep(survival, (files, snapshots) =>
      take(files, snapshots, { seq: 3, term: 1 }),
    );
    expect(seen).toEqual(new Set(["2,1", "3,2,1", "3,2"]));
  },
);

test.each(survivals)(
  "after $name at any step of receiving a snapshot, what counts is whole, and one at least of the two before is there",
  async ({ survival }) => {
    const seen = await crashAtEachStep(survival, (_, snapshots) => receive(snapshots, 3));
    expect(seen).toEqual(new Set(["2,1", "3,2,1", "3,2"]));
  },
);

test.each(survivals)(
  "after $name at any step of removing all snapshots, what counts is whole",
  async ({ survival }) => {
    const seen = await crashAtEachStep(survival, (_, snapshots) => snapshots.clear());
    expect(seen).toEqual(new Set(["2,1", "1", ""]));
  },
);

/**
 * Runs `job` on a folder with snapshots 1 and 2, once for each of its calls to the disk, dying
 * there; gives what was found afterwards.
 */
async function crashAtEachStep(
  survival: Survival,
  job: (files: SimulatedFiles, snapshots: Snapshots) => Promise<void>,
): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let step = 0; ; step += 1) {
    const files = new SimulatedFiles();
    const snapshots = await open(files);
    for (const seq of [1, 2]) await take(files, snapshots, { seq, term: 1 });
    let left = step;
    files.fault = () => (left-- > 0 ? undefined : new Error("crash"));
    const isDone = await job(files, snapshots).then(
      () => true,
      () => false,
    );
    seen.add((await findWhole(files.losePower(survival))).join());
    if (isDone) return seen;
  }
}

test("a disk that is full while a snapshot is taken is RESOURCE_EXHAUSTED, and the snapshots before stay", async () => {
  const files = new SimulatedFiles();
  const snapshots = await open(files);
  await take(files, snapshots, { seq: 1, term: 1 });
  const pending = await snapshots.begin({ seq: 2, term: 1 });
  files.fault = (call) => (call.name === "write" ? fileError("ENOSPC", call.path) : undefined);
  expect(await rejection(pending.finish(Buffer.from("ids")))).toMatch(
    /^RESOURCE_EXHAUSTED: .*full/,
  );
  await pending.discard();
  expect(await findWhole(files)).toEqual([1]);
});
