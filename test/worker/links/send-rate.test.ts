import { expect, test } from "vitest";
import type { SnapshotChunk } from "../../../src/model/shard/snapshot.ts";
import { SendRate } from "../../../src/worker/links/send-rate.ts";

async function* pieces(...sizes: readonly number[]): AsyncGenerator<SnapshotChunk> {
  for (const size of sizes) yield { file: "a", offset: 0, bytes: new Uint8Array(size) };
}

/** Returns when each piece was sent, in milliseconds of a clock that only waits move. */
async function timesOf(
  rate: SendRate,
  clock: { ms: number },
  ...sizes: number[]
): Promise<number[]> {
  const times: number[] = [];
  for await (const _ of rate.pace(pieces(...sizes))) times.push(clock.ms);
  return times;
}

function rateOf(bytesPerSec: number): { rate: SendRate; clock: { ms: number } } {
  const clock = { ms: 0 };
  const wait = async (ms: number): Promise<void> => void (clock.ms += ms);
  return { rate: new SendRate(bytesPerSec, { now: () => clock.ms, wait }), clock };
}

test("a snapshot is sent no faster than the limit", async () => {
  const { rate, clock } = rateOf(1_000);
  expect(await timesOf(rate, clock, 500, 500, 250, 250)).toEqual([0, 500, 1_000, 1_250]);
});

test("all copies that a process sends to share the limit", async () => {
  const { rate, clock } = rateOf(1_000);
  expect(await timesOf(rate, clock, 2_000)).toEqual([0]);
  expect(await timesOf(rate, clock, 100, 100)).toEqual([2_000, 2_100]);
});

test("time without a transfer saves up nothing", async () => {
  const { rate, clock } = rateOf(1_000);
  clock.ms = 60_000;
  expect(await timesOf(rate, clock, 1_000, 1_000)).toEqual([60_000, 61_000]);
});
