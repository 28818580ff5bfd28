import { expect, test } from "vitest";
import { RequestQueue } from "../../../src/gateway/queue/request-queue.ts";

const caller = { signal: new AbortController().signal, deadlineMs: undefined };

/** Enters the queue with several requests, and records the order in which they may run. */
function enterAll(queue: RequestQueue, capacity: number, count: number) {
  const started: number[] = [];
  const leaves: (() => void)[] = [];
  const enter = async (request: number): Promise<void> => {
    const leave = await queue.enter(capacity, caller);
    started.push(request);
    leaves.push(leave);
  };
  for (let request = 0; request < count; request++) void enter(request);
  return { started, leaves };
}

const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("runs as many requests as the capacity, and the next one when a request ends", async () => {
  const queue = new RequestQueue();
  const { started, leaves } = enterAll(queue, 2, 5);
  await settle();
  expect(started).toEqual([0, 1]);
  expect(queue.length).toBe(3);
  leaves[1]!();
  await settle();
  expect(started).toEqual([0, 1, 2]);
});

test("is full when the capacity and the queue are used", async () => {
  const queue = new RequestQueue();
  enterAll(queue, 2, 3);
  await settle();
  expect(queue.isFull({ capacity: 2, maxQueued: 2 })).toBe(false);
  expect(queue.isFull({ capacity: 2, maxQueued: 1 })).toBe(true);
  expect(new RequestQueue().isFull({ capacity: 1, maxQueued: 0 })).toBe(false);
});

test("starts waiting requests when the capacity grows", async () => {
  const queue = new RequestQueue();
  const { started } = enterAll(queue, 1, 4);
  queue.resize(3);
  await settle();
  expect(started).toEqual([0, 1, 2]);
});

test("a request that is cancelled or late leaves the queue, and later ones keep their order", async () => {
  const queue = new RequestQueue();
  const { started, leaves } = enterAll(queue, 1, 1);
  const gone = new AbortController();
  const cancelled = queue.enter(1, { signal: gone.signal, deadlineMs: undefined });
  const late = queue.enter(1, { ...caller, deadlineMs: Date.now() + 5 });
  const last = queue.enter(1, caller);
  gone.abort();
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(late).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(queue.length).toBe(1);
  expect(started).toEqual([0]);
  leaves[0]!();
  await last;
  expect(queue.length).toBe(0);
});
