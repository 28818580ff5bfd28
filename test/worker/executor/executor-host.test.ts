import { expect, test } from "vitest";
import type { ExecutorPlace } from "../../../src/model/executor.ts";
import { ExecutorHost } from "../../../src/worker/executor/executor-host.ts";

const place: ExecutorPlace = {
  shard: 0,
  shards: 1,
  replica: 0,
  workspace: "/nowhere",
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
};

async function digestOf(text: string | undefined): Promise<string | null> {
  class Holder {
    static readonly requests = {};
    digest = text === undefined ? undefined : (): string => text;
  }
  const host = await ExecutorHost.open({ executor: Holder as never, config: {}, place });
  return host.digest();
}

test("a long digest is hashed and still distinguishes states", async () => {
  const [one, other] = await Promise.all(
    ["x", "y"].map(async (letter) => digestOf(letter.repeat(10_000_000))),
  );
  expect([one?.length, one === other]).toEqual([64, false]);
  expect(await digestOf("abc")).toBe("abc");
  expect(await digestOf(undefined)).toBe(null);
});
