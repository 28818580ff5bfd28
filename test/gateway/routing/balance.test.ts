import { describe, expect, test } from "vitest";
import { chooseReplica } from "../../../src/gateway/routing/balance.ts";

const REPLICAS = ["a", "b", "c"].map((processId) => ({ processId, isLost: false }));

function serve(
  count: number,
  tried: (request: number) => ReadonlySet<string> = () => new Set(),
): string[] {
  let cursor = 0;
  return Array.from({ length: count }, (_, request) => {
    const choice = chooseReplica(REPLICAS, cursor, tried(request))!;
    cursor = choice.cursor;
    return choice.replica.processId;
  });
}

describe("chooseReplica", () => {
  test("goes round strictly, from the first", () => {
    expect(serve(7)).toEqual(["a", "b", "c", "a", "b", "c", "a"]);
  });

  test("passes over what the request has tried", () => {
    expect(serve(3, () => new Set(["a"]))).toEqual(["b", "c", "b"]);
  });

  test("returns undefined when all were tried or there is no replica", () => {
    expect(chooseReplica(REPLICAS, 5, new Set(["a", "b", "c"]))).toBe(undefined);
    expect(chooseReplica([], 5, new Set())).toBe(undefined);
  });

  test("a replica that was just lost is chosen only where there is no other", () => {
    const [a, b] = REPLICAS;
    const lost = { ...a!, isLost: true };
    expect(chooseReplica([lost, b!], 0, new Set())?.replica.processId).toBe("b");
    expect(chooseReplica([lost, b!], 0, new Set(["b"]))).toBe(undefined);
    expect(chooseReplica([lost], 0, new Set())?.replica.processId).toBe("a");
  });

  test("a cursor beyond a list that became shorter starts anew within it", () => {
    expect(chooseReplica(REPLICAS.slice(0, 2), 5, new Set())?.replica.processId).toBe("b");
  });

  test("a request goes through all replicas before it gives up, wherever others moved the cursor", () => {
    const tried = new Set<string>();
    let cursor = 0;
    for (let i = 0; i < 3; i++) {
      const mine = chooseReplica(REPLICAS, cursor, tried)!;
      tried.add(mine.replica.processId);
      cursor = chooseReplica(REPLICAS, mine.cursor, new Set())!.cursor;
    }
    expect(tried).toEqual(new Set(["a", "b", "c"]));
  });
});
