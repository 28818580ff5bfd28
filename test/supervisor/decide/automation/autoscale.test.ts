import { describe, expect, test } from "vitest";
import type { AutoscalePolicy } from "../../../../src/flow/flow.ts";
import {
  clampReplicas,
  decideReplicas,
  forgetLoads,
  NO_LOADS,
  recordLoad,
  type Load,
} from "../../../../src/supervisor/decide/automation/autoscale.ts";

const POLICY: AutoscalePolicy = {
  min: 1,
  max: 10,
  targetInFlight: 2,
  upDelayMs: 30_000,
  downDelayMs: 600_000,
  stateful: false,
};

const inFlight = (count: number): Load => ({ inFlight: count, queued: 0 });

interface Run {
  readonly policy?: Partial<AutoscalePolicy>;
  readonly shards?: number;
  readonly begin?: number;
}

/** The changes of the number of replicas under a load, as `<second>: <number>`. */
function scale(
  seconds: number,
  loadAt: (second: number) => Load,
  { policy = {}, shards = 1, begin = 1 }: Run = {},
): readonly string[] {
  const own = { ...POLICY, ...policy };
  const changes: string[] = [];
  let record = NO_LOADS;
  let planned = begin;
  for (let second = 0; second <= seconds; second += 1) {
    const now = second * 1000;
    record = recordLoad(record, { now, load: loadAt(second), shards }, own);
    record = forgetLoads(record, now, own);
    const next = decideReplicas(record, { now, planned }, own);
    if (next === null) continue;
    planned = next;
    changes.push(`${second}: ${next}`);
  }
  return changes;
}

describe("the bugs of Ray's autoscaler", () => {
  test("18925: a load that swings does not make the number of replicas swing", () => {
    expect(scale(3_600, (second) => inFlight(second % 2 === 0 ? 12 : 0))).toEqual(["30: 3"]);
    const isBusy = (second: number): boolean => Math.floor(second / 120) % 2 === 0;
    expect(scale(3_600, (second) => inFlight(isBusy(second) ? 12 : 1))).toEqual(["30: 6"]);
  });

  test("19869: the number follows the target, so replicas that still start ask for no further ones", () => {
    let record = NO_LOADS;
    for (let now = 0; now <= 300_000; now += 1000)
      record = recordLoad(record, { now, load: inFlight(8), shards: 1 }, POLICY);
    expect(decideReplicas(record, { now: 300_000, planned: 1 }, POLICY)).toBe(4);
    // Only one of the four serves yet, and the load is the same.
    expect(decideReplicas(record, { now: 301_000, planned: 4 }, POLICY)).toBeNull();
  });

  test("24793: a target of 1 with a limit of 1 in flight scales up by the queue", () => {
    const policy = { targetInFlight: 1 };
    expect(scale(60, () => ({ inFlight: 1, queued: 0 }), { policy })).toEqual([]);
    expect(scale(60, () => ({ inFlight: 1, queued: 3 }), { policy })).toEqual(["30: 4"]);
  });

  test("20977: the whole queue counts, so a long queue asks for all replicas at once", () => {
    expect(scale(60, () => ({ inFlight: 2, queued: 500 }))).toEqual(["30: 10"]);
  });
});

describe("the number of replicas", () => {
  test("goes up after up_delay and down after down_delay", () => {
    const loadAt = (second: number): Load => inFlight(second < 100 ? 8 : 2);
    expect(scale(1_000, loadAt)).toEqual(["30: 4", "701: 1"]);
  });

  test("does not go up for a peak that is shorter than up_delay", () => {
    expect(scale(300, (second) => inFlight(second > 100 && second < 120 ? 100 : 1))).toEqual([]);
  });

  test("goes down to the most that the load asked for in down_delay", () => {
    const loadAt = (second: number): Load => inFlight(second < 300 ? 8 : 2);
    const [first] = scale(700, loadAt, { begin: 10, policy: { downDelayMs: 200_000 } });
    expect(first).toBe("200: 4");
  });

  test("stays within min and max", () => {
    expect(scale(700, () => inFlight(0), { begin: 5, policy: { min: 2 } })).toEqual(["600: 2"]);
    expect(scale(60, () => inFlight(1_000), { policy: { max: 3 } })).toEqual(["30: 3"]);
    expect([0, 1, 5, 11].map((count) => clampReplicas(POLICY, count))).toEqual([1, 1, 5, 10]);
  });

  test("is that of each shard, over which the load is spread", () => {
    expect(scale(60, () => inFlight(16), { shards: 4 })).toEqual(["30: 2"]);
  });

  test("changes only once the load is known for the whole delay", () => {
    expect(scale(29, () => inFlight(100))).toEqual([]);
    expect(scale(599, () => inFlight(0), { begin: 4 })).toEqual([]);
  });

  test("follows a stateful executor no sooner than its delays, which are those of its recovery", () => {
    const policy = { upDelayMs: 90_000, downDelayMs: 90_000 };
    expect(scale(300, (second) => inFlight(second < 150 ? 4 : 0), { policy })).toEqual([
      "90: 2",
      "242: 1",
    ]);
  });
});

test("the record of a steady load does not grow", () => {
  let record = NO_LOADS;
  for (let now = 0; now < 10_000_000; now += 1000) {
    const load = inFlight(now % 600_000 === 0 ? 50 : 2);
    record = forgetLoads(recordLoad(record, { now, load, shards: 1 }, POLICY), now, POLICY);
  }
  expect(record.loads).toHaveLength(5);
  expect(record.wanted.length).toBeLessThan(20);
});
