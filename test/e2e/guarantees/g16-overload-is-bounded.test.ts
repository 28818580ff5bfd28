import { expect, test } from "vitest";
import { LiveFlow } from "../../rig/live-flow.ts";
import { RawCallers } from "../../rig/raw-callers.ts";

/** Room for six writes: two run, and four wait. */
const FLOW = `jtype: Flow
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: notes, uses: ./notebook.ts, replicas: 2, max_in_flight: 2, max_queued: 4 }
`;
/** Half of them write: ten times the room. */
const CALLERS = 120;
const MAX_GROWTH_BYTES = 200_000_000;

const LONG = { timeout: 120_000 };

async function memoryOf(flow: LiveFlow): Promise<ReadonlyMap<string, number>> {
  const { replicas } = await flow.status();
  return new Map(replicas.map(({ address, rssBytes }) => [address, rssBytes!]));
}

test(
  "G16: ten times the load is refused at once, in bounded memory, and acknowledged writes stay",
  LONG,
  async () => {
    await using flow = await LiveFlow.start(FLOW);
    const before = await memoryOf(flow);
    await using callers = await RawCallers.begin(flow, CALLERS);
    await callers.more(4000);
    const during = await memoryOf(flow);
    const posted = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => flow.post("/index", [{ id: `http-${i}` }])),
    );
    await callers.stop();

    const refusals = callers.problems.filter((problem) => problem.includes("(max_queued): try"));
    expect(callers.problems, flow.output(60)).toEqual(refusals);
    expect(refusals.length).toBeGreaterThan(100);
    expect(callers.acknowledged.length).toBeGreaterThan(100);
    const statuses = new Set(posted.map(({ http }) => http));
    expect(statuses).toContain(429);
    for (const status of statuses) expect([200, 429]).toContain(status);

    expect(await callers.findLost(4)).toEqual([]);
    await flow.expectEqualCopies();
    for (const [address, bytes] of before)
      expect(during.get(address)! - bytes, address).toBeLessThan(MAX_GROWTH_BYTES);
    expect((await flow.status()).replicas.map(({ restarts }) => restarts)).toEqual([0, 0, 0]);
  },
);
