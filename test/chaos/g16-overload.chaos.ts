import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { LiveFlow } from "../rig/live-flow.ts";
import { RawCallers } from "../rig/raw-callers.ts";
import { report } from "./figures.ts";

const FLOW = `jtype: Flow
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: notes, uses: ./notebook.ts, replicas: 2, max_in_flight: 2, max_queued: 4 }
`;
const RUN_MS = 30_000;
const MAX_GROWTH_BYTES = 200_000_000;

test("G16: thirty seconds of ten times the load, with a killed primary, lose no acknowledged write", async () => {
  await using flow = await LiveFlow.start(FLOW);
  const rss = async (): Promise<number> =>
    (await flow.status()).replicas.reduce((most, { rssBytes }) => Math.max(most, rssBytes ?? 0), 0);
  const before = await rss();
  await using callers = await RawCallers.begin(flow, 120);
  await sleep(RUN_MS / 2);
  await flow.signal((await flow.primaries())[0]!, "SIGKILL");
  await sleep(RUN_MS / 2);
  const after = await rss();
  await callers.stop();
  const refused = callers.problems.filter((problem) => problem.includes("(max_queued): try"));
  report("G16", {
    requests: callers.requests,
    refused: refused.length,
    acknowledged: callers.acknowledged.length,
    growthMb: Math.round((after - before) / 1e6),
  });
  expect(callers.problems.filter((problem) => !refused.includes(problem)).slice(0, 5)).toEqual([]);
  expect(await callers.findLost(4)).toEqual([]);
  await flow.expectEqualCopies();
  expect(after - before).toBeLessThan(MAX_GROWTH_BYTES);
});
