import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../rig/live-flow.ts";
import { Traffic } from "../rig/traffic.ts";
import { Random } from "../simulation/random.ts";
import { report, seed } from "./figures.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 20);
const MAX_DELAY_MS = 2_500;

test("G17: supervisors killed at random moments of changes lose no acknowledged write", async () => {
  const random = new Random(seed);
  const textOf = (round: number): string =>
    `${notesFlow({ shards: 2, replicas: 2 })}    env: { ROUND: "${round}" }\n`;
  await using flow = await LiveFlow.start(textOf(0));
  const traffic = new Traffic(flow, { writers: 4, readers: 0, seed });
  const kinds = ["scale up", "scale down", "restart", "update"] as const;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const kind = kinds[random.below(kinds.length)]!;
    const args = {
      "scale up": ["scale", "notes=4"],
      "scale down": ["scale", "notes=1"],
      restart: ["restart"],
      update: ["up", "-d"],
    }[kind];
    if (kind === "update") flow.rig.write("flow.yml", textOf(round));
    const delayMs = random.below(MAX_DELAY_MS);
    traffic.begin();
    await traffic.untilMore(20);
    const change = flow.rig.start(args);
    await sleep(delayMs);
    await flow.killSupervisor();
    await change.finished;
    await traffic.stop();
    await flow.up();
    await flow.expectEqualCopies();
    await traffic.expectNothingLost();
    report("G17", { round, kind, delayMs, acknowledged: traffic.figures.acknowledged });
  }
  expect(traffic.figures.wrongAnswers).toBe(0);
});
