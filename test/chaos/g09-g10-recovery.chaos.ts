import { expect, test } from "vitest";
import { LiveFlow, notesFlow, type Note } from "../rig/live-flow.ts";
import { Random } from "../simulation/random.ts";
import { report, seed } from "./figures.ts";

const DIMENSIONS = 128;
const VECTORS = 100_000;

async function fill(
  flow: LiveFlow,
  count: number,
  noteOf: (i: number) => Note,
  batch: number,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let from = next; from < count; from = next) {
      next += batch;
      await flow.must(
        "/index",
        Array.from({ length: Math.min(batch, count - from) }, (_, i) => noteOf(from + i)),
      );
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
}

test("G9: a copy that missed 0, 500, 5,000 and 100,000 writes is in-sync again", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  const took: Record<string, number> = {};
  let written = 0;
  for (const missed of [0, 500, 5_000, 100_000]) {
    const [away] = await flow.followers();
    await flow.rig.ok(["stop", away!]);
    const from = written;
    // Up to 5,000 one document a write; then a hundred, which is as much to send and to apply.
    await fill(
      flow,
      missed,
      (i) => ({ id: `m${from + i}`, text: "missed" }),
      missed > 5_000 ? 100 : 1,
    );
    written += missed;
    const start = performance.now();
    await flow.rig.ok(["start", away!]);
    await flow.whenHealth("green", 120_000);
    took[`${missed} documents missed, ms`] = Math.round(performance.now() - start);
  }
  report("G9", took);
  await flow.expectEqualCopies();
  expect(Math.max(...Object.values(took)), JSON.stringify(took)).toBeLessThan(60_000);
});

test("G10: a shard of 100,000 vectors of 128 dimensions opens from its snapshot after a kill -9, without indexing again", async () => {
  await using flow = await LiveFlow.start(
    notesFlow({ shards: 1, replicas: 1, uses: "HNSWIndexer" }),
  );
  const random = new Random(seed);
  const vector = (): number[] =>
    Array.from({ length: DIMENSIONS }, () => random.below(10_000) / 10_000);
  const indexing = performance.now();
  await fill(flow, VECTORS, (i) => ({ id: `v${i}`, embedding: vector() }), 200);
  const indexedMs = Math.round(performance.now() - indexing);
  await flow.down();
  await flow.up();
  await fill(flow, 1_000, (i) => ({ id: `after-${i}`, embedding: vector() }), 100);
  const start = performance.now();
  await flow.signal("notes/0/0", "SIGKILL");
  await flow.whenHealth("red");
  await flow.whenHealth("green", 120_000);
  const openedMs = Math.round(performance.now() - start);
  const { parameters } = await flow.must("/status", [{ id: "any" }]);
  report("G10", { "indexed ms": indexedMs, "opened after kill ms": openedMs });
  expect(JSON.stringify(parameters), "documents").toMatch(String(VECTORS + 1_000));
  expect(openedMs, "opened, with 1,000 documents behind the snapshot replayed").toBeLessThan(
    20_000,
  );
});
