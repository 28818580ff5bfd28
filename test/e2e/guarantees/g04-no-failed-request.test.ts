import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";
import { Traffic } from "../../rig/traffic.ts";
import { Random } from "../../simulation/random.ts";

const seed = Number(process.env["SEED"] ?? 4);

test(
  "G4: 2,000 writes and 2,000 reads succeed while copies are killed, and all copies are equal",
  { timeout: 60_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2 }));
    const random = new Random(seed);
    const traffic = new Traffic(flow, { writers: 4, readers: 4, seed }).begin();
    let kills = 0;
    while (traffic.figures.acknowledged < 2_000 || traffic.figures.reads < 2_000 || kills < 6) {
      await traffic.untilMore(150, 150);
      await flow.whenHealth("green");
      const address = random.pick((await flow.shards()).map((row) => row.address));
      if ((await flow.signal(address, "SIGKILL")) !== null) kills += 1;
    }
    await traffic.stop();
    traffic.expectNoneFailed();
    await traffic.expectNothingLost();
    await flow.expectEqualCopies();
    expect(kills, "copies killed").toBeGreaterThanOrEqual(6);
  },
);

test(
  "G4: a copy paused by SIGSTOP fails no request, primary or not",
  { timeout: 60_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
    const traffic = new Traffic(flow, { writers: 3, readers: 3, seed }).begin();
    for (const choose of [() => flow.primaries(), () => flow.followers()]) {
      await traffic.untilMore(50, 50);
      const [address] = await choose();
      const pid = await flow.signal(address!, "SIGSTOP");
      await flow.whenGone(pid!);
      await traffic.untilMore(50, 50);
      await flow.whenHealth("green");
    }
    await traffic.stop();
    traffic.expectNoneFailed();
    expect(
      traffic.figures.longestPauseMs,
      "a stopped copy is found within a second or two",
    ).toBeLessThan(4_000);
    await traffic.expectNothingLost();
    await flow.expectEqualCopies();
  },
);
