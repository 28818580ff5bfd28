import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LivenessProbes } from "../../../src/worker/python/liveness-probes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const POLICY = { periodMs: 1_000, timeoutMs: 500, failureThreshold: 3 };

/** Probes an executor whose answers are these, one after another, and then the last again. */
async function probe(answers: readonly boolean[], forMs: number): Promise<readonly string[]> {
  const ended: string[] = [];
  let count = 0;
  const probes = new LivenessProbes(POLICY, {
    probe: async () => answers[Math.min(count++, answers.length - 1)]!,
    end: (reason) => ended.push(reason),
  });
  await vi.advanceTimersByTimeAsync(forMs);
  return [...ended, probes.failure ?? "healthy"];
}

test("a Python executor that answers no probe is ended after the threshold, once", async () => {
  const reason = "no answer to a liveness probe within 0.5 s, 3 times in a row";
  expect(await probe([false], 10_000)).toEqual([reason, reason]);
});

test("an answer begins the count again", async () => {
  expect(await probe([false, false, true, false, false, true], 10_000)).toEqual(["healthy"]);
});

test("the last failed probe is reported until one is answered", async () => {
  expect(await probe([false], 1_000)).toEqual(["no answer to a liveness probe within 0.5 s"]);
});
