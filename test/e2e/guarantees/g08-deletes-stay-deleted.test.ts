import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";

const ids = (from: number, to: number): { id: string; text: string }[] =>
  Array.from({ length: to - from }, (_, i) => ({ id: `n${from + i}`, text: "kept" }));

test(
  "G8: documents deleted while a copy was stopped do not reappear when it returns or is promoted",
  { timeout: 60_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
    await flow.must("/index", ids(0, 10));
    const [away] = await flow.followers();
    await flow.rig.ok(["stop", away!]);
    await flow.must("/delete", ids(0, 6));
    await flow.rig.ok(["start", away!]);
    await flow.expectEqualCopies();
    // The copies take turns in reads.
    for (let read = 0; read < 4; read += 1) {
      const { docs } = await flow.must("/get", ids(0, 10));
      expect(docs.map(({ id }) => id)).toEqual(["n6", "n7", "n8", "n9"]);
    }
    const [primary] = await flow.primaries();
    await flow.rig.ok(["stop", primary!]);
    expect(await flow.primaries()).toEqual([away]);
    const { docs } = await flow.must("/get", ids(0, 10));
    expect(
      docs.map(({ id }) => id),
      "asked of the copy that was away, alone",
    ).toEqual(["n6", "n7", "n8", "n9"]);
  },
);
