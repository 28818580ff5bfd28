import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { LiveFlow, notesFlow, signalPid } from "../rig/live-flow.ts";
import { Traffic, vectorNote } from "../rig/traffic.ts";
import { Random } from "../simulation/random.ts";
import { report, seed } from "./figures.ts";

const WANTED = [
  { uses: "./notebook.ts", kills: 100, acknowledged: 100_000 },
  { uses: "HNSWIndexer", kills: 20, acknowledged: 10_000 },
];

/** Kills some part of the flow; returns how many processes. */
async function killSomething(flow: LiveFlow, random: Random): Promise<number> {
  if (random.chance(0.12)) {
    const children = flow.children().length + 1;
    await (random.chance(0.5) ? flow.killAll() : flow.killSupervisor());
    await flow.up();
    return children;
  }
  const rows = (await flow.shards()).filter(({ pid }) => pid !== null && random.chance(0.5));
  for (const { pid } of rows) signalPid(pid!, "SIGKILL");
  if (!random.chance(0.15)) return rows.length;
  const { pid } = await flow.rig.replica("gateway/0/0");
  if (pid !== null) signalPid(pid, "SIGKILL");
  return rows.length + 1;
}

for (const { uses, kills: wantedKills, acknowledged: wantedWrites } of WANTED) {
  test(`G1 ${uses}: seeded kills of any processes, at 30 to 300 ms of traffic each: nothing acknowledged is lost`, async () => {
    const vectors = uses === "HNSWIndexer";
    const more = vectors ? ["uses_after: MatchMerger"] : [];
    await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2, uses, more }));
    const random = new Random(seed);
    const traffic = new Traffic(flow, {
      writers: 6,
      readers: 0,
      seed,
      batch: vectors ? 10 : 50,
      ...(vectors ? { vectors, noteOf: vectorNote } : {}),
    });
    let kills = 0;
    let rounds = 0;
    while (kills < wantedKills || traffic.figures.acknowledged < wantedWrites) {
      traffic.begin();
      await traffic.untilMore(1);
      await sleep(random.between(30, 300));
      kills += await killSomething(flow, random);
      await flow.whenHealth("green", 60_000);
      await traffic.stop();
      rounds += 1;
    }
    const lost = await traffic.findLost();
    const { failedWrites, longestPauseMs } = traffic.figures;
    report(`G1 ${uses}`, {
      rounds,
      kills,
      acknowledged: traffic.acknowledged.length,
      lost: lost.length,
      "unacknowledged requests (kills of everything among them)": failedWrites,
      "longest request ms": Math.round(longestPauseMs),
    });
    expect(lost.slice(0, 10), `SEED=${seed}`).toEqual([]);
    await flow.expectEqualCopies();
  });
}
