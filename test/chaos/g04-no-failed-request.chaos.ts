import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../rig/live-flow.ts";
import { Traffic } from "../rig/traffic.ts";
import { Random } from "../simulation/random.ts";
import { report, seed } from "./figures.ts";

const SECONDS = 60;

for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
  test(`G4: reads and writes for ${SECONDS} s while a random copy gets a ${signal} every 2 s: none fails, and all copies are the same`, async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2 }));
    const random = new Random(seed);
    const traffic = new Traffic(flow, { writers: 3, readers: 3, seed }).begin();
    const end = Date.now() + SECONDS * 1_000;
    let signals = 0;
    while (Date.now() < end) {
      await sleep(2_000);
      // One copy at a time: with the only other one gone there is nobody left to answer.
      await flow.whenHealth("green");
      const address = random.pick((await flow.shards()).map((row) => row.address));
      if ((await flow.signal(address, signal)) !== null) signals += 1;
    }
    await traffic.stop();
    const { acknowledged, reads, failedReads, failedWrites, wrongAnswers, longestPauseMs } =
      traffic.figures;
    report(`G4 ${signal}`, {
      [signal]: signals,
      acknowledged,
      reads,
      failed: failedReads + failedWrites,
      wrong: wrongAnswers,
      "p99 ms": Math.round(traffic.findP99Ms()),
      "longest pause ms": Math.round(longestPauseMs),
    });
    traffic.expectNoneFailed();
    await traffic.expectNothingLost();
    await flow.expectEqualCopies();
    expect(signals, "signals sent").toBeGreaterThan(10);
  });
}
