import { expect, test } from "vitest";
import { LiveFlow, notesFlow, signalPid } from "../../rig/live-flow.ts";
import { Traffic } from "../../rig/traffic.ts";
import { Random } from "../../simulation/random.ts";

const seed = Number(process.env["SEED"] ?? 1);

test(
  "G1: no acknowledged write is lost when any processes are killed at once",
  { timeout: 90_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2 }));
    const random = new Random(seed);
    const traffic = new Traffic(flow, { writers: 6, readers: 0, seed });
    for (let round = 1; round <= 4; round += 1) {
      traffic.begin();
      await traffic.untilMore(60 + random.below(60));
      const rows = await flow.shards();
      const chosen = rows.filter(({ pid }) => pid !== null && random.chance(0.6));
      for (const { pid } of chosen) signalPid(pid!, "SIGKILL");
      if (random.chance(0.5)) signalPid((await flow.rig.replica("gateway/0/0")).pid!, "SIGKILL");
      await flow.whenHealth("green");
      await traffic.stop();
    }
    for (const kill of [() => flow.killAll(), () => flow.killSupervisor()]) {
      traffic.begin();
      await traffic.untilMore(80);
      await kill();
      await traffic.stop();
      await flow.up();
      await flow.whenHealth("green");
    }
    expect(traffic.acknowledged.length, "writes acknowledged").toBeGreaterThan(300);
    await traffic.expectNothingLost();
    await flow.expectEqualCopies();
  },
);
