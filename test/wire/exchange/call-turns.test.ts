import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { CallTurns } from "../../../src/wire/exchange/call-turns.ts";

/**
 * Takes `count` calls at once; each runs `work` when it starts. Returns the number of started
 * calls.
 */
function start(turns: CallTurns, count: number, work: () => void = () => undefined): () => number {
  let started = 0;
  const begin = (): void => {
    started += 1;
    work();
  };
  for (let i = 0; i < count; i += 1) {
    const wait = turns.take();
    if (wait === undefined) begin();
    else void wait.then(begin);
  }
  return () => started;
}

test("calls that arrive together start in growing groups, one turn each", async () => {
  const started = start(new CallTurns(), 20);
  const seen = [started()];
  while (started() < 20) {
    await turn();
    seen.push(started());
  }
  expect(seen).toEqual([1, 3, 7, 15, 20]);
});

test("calls that block the process start one a turn", async () => {
  const block = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8);
  const started = start(new CallTurns(), 4, block);
  const seen = [started()];
  while (started() < 4) {
    await turn();
    seen.push(started());
  }
  expect(seen).toEqual([1, 2, 3, 4]);
});

test("a call that arrives alone starts at once", async () => {
  const turns = new CallTurns();
  for (let i = 0; i < 3; i += 1) {
    expect(turns.take()).toBe(undefined);
    await turn();
    await turn();
  }
});
