import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";

const LATE_MS = 8_000;

test(
  "G9: a killed copy that missed 0 or 500 writes is in-sync after its start and their replay",
  { timeout: 60_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
    await flow.must("/index", [{ id: "first", text: "first" }]);
    const took: Record<string, number> = {};
    for (const missed of [0, 500]) {
      const [away] = await flow.followers();
      await flow.rig.ok(["stop", away!]);
      for (let write = 0; write < missed; write += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, i) =>
            flow.must("/index", [{ id: `m${write + i}`, text: "missed" }]),
          ),
        );
      const start = performance.now();
      await flow.rig.ok(["start", away!]);
      await flow.whenHealth("green");
      took[`${missed} missed`] = Math.round(performance.now() - start);
    }
    await flow.expectEqualCopies();
    process.stdout.write(`G9: milliseconds to green: ${JSON.stringify(took)}\n`);
    expect(Math.max(...Object.values(took)), `milliseconds: ${JSON.stringify(took)}`).toBeLessThan(
      LATE_MS,
    );
  },
);
