import { describe, expect, test } from "vitest";
import { BALANCINGS, type Balancing } from "../../../src/model/shard/balancing.ts";
import {
  chooseReplica,
  type Candidate,
  type Choice,
  type ChoiceInput,
} from "../../../src/gateway/routing/balance.ts";
import { ReplicaLoad } from "../../../src/gateway/topology/traffic/replica-load.ts";

const IDLE = { reads: 0, weigh: () => 1, isEjected: () => false };
const REPLICAS = ["a", "b", "c"].map((processId) => ({ processId, isLost: false, load: IDLE }));

const INPUT: ChoiceInput = {
  balancing: "round_robin",
  cursor: 0,
  tried: new Set(),
  maxInFlight: Infinity,
  nowMs: 0,
  random: () => 0,
};

function choose<T extends Candidate>(
  candidates: readonly T[],
  changes: Partial<ChoiceInput> = {},
): Choice<T> | undefined {
  return chooseReplica(candidates, { ...INPUT, ...changes });
}

const named = (choice: Choice<Candidate> | undefined): string | undefined =>
  choice?.replica.processId;

function serve(
  count: number,
  tried: (request: number) => ReadonlySet<string> = () => new Set(),
): string[] {
  let cursor = 0;
  return Array.from({ length: count }, (_, request) => {
    const choice = choose(REPLICAS, { cursor, tried: tried(request) })!;
    cursor = choice.cursor;
    return choice.replica.processId;
  });
}

describe("round robin", () => {
  test("goes round strictly, from the first", () => {
    expect(serve(7)).toEqual(["a", "b", "c", "a", "b", "c", "a"]);
  });

  test("passes over what the request has tried", () => {
    expect(serve(3, () => new Set(["a"]))).toEqual(["b", "c", "b"]);
  });

  test("a cursor beyond a list that became shorter starts anew within it", () => {
    expect(named(choose(REPLICAS.slice(0, 2), { cursor: 5 }))).toBe("b");
  });

  test("a request goes through all replicas before it gives up, wherever others moved the cursor", () => {
    const tried = new Set<string>();
    let cursor = 0;
    for (let i = 0; i < 3; i++) {
      const mine = choose(REPLICAS, { cursor, tried })!;
      tried.add(mine.replica.processId);
      cursor = choose(REPLICAS, { cursor: mine.cursor })!.cursor;
    }
    expect(tried).toEqual(new Set(["a", "b", "c"]));
  });
});

describe.each(BALANCINGS)("%s", (balancing) => {
  test("returns undefined when all were tried or there is no replica", () => {
    expect(choose(REPLICAS, { balancing, cursor: 5, tried: new Set(["a", "b", "c"]) })).toBe(
      undefined,
    );
    expect(choose([], { balancing, cursor: 5 })).toBe(undefined);
  });

  test("a replica that was just lost is chosen only if there is no other", () => {
    const [a, b] = REPLICAS;
    const lost = { ...a!, isLost: true };
    expect(named(choose([lost, b!], { balancing }))).toBe("b");
    expect(choose([lost, b!], { balancing, tried: new Set(["b"]) })).toBe(undefined);
    expect(named(choose([lost], { balancing }))).toBe("a");
  });

  test("a replica with max_in_flight reads is not chosen", () => {
    const full = { ...REPLICAS[0]!, load: { ...IDLE, reads: 2 } };
    expect(named(choose([full, REPLICAS[1]!], { balancing, maxInFlight: 2 }))).toBe("b");
    expect(choose([full], { balancing, maxInFlight: 2 })).toBe(undefined);
    expect(named(choose([full], { balancing, maxInFlight: 3 }))).toBe("a");
  });
});

/** A replica in a simulation. */
interface Simulated extends Candidate {
  readonly load: ReplicaLoad;
  readonly callMs: number;
  readonly fails: boolean;
}

function simulated(name: string, parts: { callMs: number; fails?: boolean; startMs?: number }) {
  return {
    processId: name,
    isLost: false,
    load: new ReplicaLoad(parts.startMs ?? -60_000),
    callMs: parts.callMs,
    fails: parts.fails ?? false,
  };
}

/**
 * Runs callers that each send the next request after an answer; returns the share of each replica.
 */
function runCallers(
  balancing: Balancing,
  replicas: readonly Simulated[],
  { callers, forMs }: { callers: number; forMs: number },
): Record<string, number> {
  const counts = new Map(replicas.map(({ processId }) => [processId, 0]));
  const ends: { readonly atMs: number; readonly replica: Simulated }[] = [];
  let [cursor, state] = [0, 42];
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  const send = (nowMs: number): void => {
    const choice = choose(replicas, { balancing, cursor, nowMs, random })!;
    const { replica } = choice;
    cursor = choice.cursor;
    counts.set(replica.processId, counts.get(replica.processId)! + 1);
    replica.load.begin("read");
    ends.push({ atMs: nowMs + replica.callMs, replica });
  };
  for (let caller = 0; caller < callers; caller++) send(0);
  for (;;) {
    ends.sort((left, right) => left.atMs - right.atMs);
    const { atMs, replica } = ends.shift()!;
    if (atMs > forMs) break;
    replica.load.end("read", replica.fails ? "failed" : "answered", atMs);
    send(atMs);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return Object.fromEntries([...counts].map(([name, count]) => [name, count / total]));
}

const LOAD = { callers: 20, forMs: 10_000 };

describe.each(["least_in_flight", "power_of_two"] as const)("%s", (balancing) => {
  test("a replica that is ten times slower gets less than a fifth of the share of its peers", () => {
    const replicas = [
      simulated("fast", { callMs: 10 }),
      simulated("other", { callMs: 10 }),
      simulated("slow", { callMs: 100 }),
    ];
    const shares = runCallers(balancing, replicas, LOAD);
    expect(shares["slow"]).toBeLessThan(shares["fast"]! / 5);
  });

  test("a replica that fails in 1 ms gets under 5 % next to two that work for 50 ms", () => {
    const replicas = [
      simulated("one", { callMs: 50 }),
      simulated("two", { callMs: 50 }),
      simulated("broken", { callMs: 1, fails: true }),
    ];
    expect(runCallers(balancing, replicas, LOAD)["broken"]).toBeLessThan(0.05);
  });

  test("replicas that all fail share the requests", () => {
    const replicas = ["a", "b"].map((name) => simulated(name, { callMs: 10, fails: true }));
    expect(runCallers(balancing, replicas, LOAD)["a"]).toBeCloseTo(0.5, 1);
  });

  test("a new replica gets a small share at first, and its full share later", () => {
    const start = (): Simulated[] => [
      simulated("old", { callMs: 50 }),
      simulated("new", { callMs: 50, startMs: 0 }),
    ];
    const first = runCallers(balancing, start(), { callers: 20, forMs: 1_000 })["new"]!;
    const all = runCallers(balancing, start(), { callers: 20, forMs: 100_000 })["new"]!;
    expect(first).toBeLessThan(0.2);
    expect(all).toBeGreaterThan(0.4);
  });
});

test("round robin gives a slow replica its whole share", () => {
  const replicas = [simulated("fast", { callMs: 10 }), simulated("slow", { callMs: 100 })];
  expect(runCallers("round_robin", replicas, LOAD)["slow"]).toBeCloseTo(0.5, 1);
});
