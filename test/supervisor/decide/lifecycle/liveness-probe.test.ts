import { expect, test } from "vitest";
import {
  continueProbing,
  judgeProbing,
  NOT_PROBED,
} from "../../../../src/supervisor/decide/lifecycle/liveness-probe.ts";
import { ANSWERED } from "../../../../src/supervisor/decide/lifecycle/silence.ts";

const POLICY = { periodMs: 2_000, timeoutMs: 1_000, failureThreshold: 3 };
const STEP_MS = 250;

/** The verdicts of each quarter of a second; `silentAt` returns the silence at that time. */
function verdicts(forMs: number, silentAt: (ms: number) => number): readonly string[] {
  let probing = NOT_PROBED;
  return Array.from({ length: forMs / STEP_MS }, (_, index) => {
    const silentMs = silentAt((index + 1) * STEP_MS);
    probing = continueProbing(probing, { elapsedMs: STEP_MS, silentMs }, POLICY);
    return judgeProbing(probing, { ...ANSWERED, silentMs }, POLICY).is;
  });
}

test("a process that hangs is unhealthy after the timeout, and dead after as many periods as the threshold", () => {
  const seen = verdicts(8_000, (ms) => ms);
  expect(seen.indexOf("unhealthy") * STEP_MS + STEP_MS).toBe(POLICY.timeoutMs);
  const deadMs = seen.indexOf("dead") * STEP_MS + STEP_MS;
  expect(deadMs).toBeGreaterThan(POLICY.periodMs * (POLICY.failureThreshold - 1));
  expect(deadMs).toBeLessThanOrEqual(POLICY.periodMs * POLICY.failureThreshold);
});

test("a process that answers slowly, but within the timeout, is never dead", () => {
  expect(new Set(verdicts(60_000, (ms) => ms % POLICY.timeoutMs))).toEqual(new Set(["fine"]));
});

test("an answered period between two failed ones begins the count again", () => {
  const isHung = (ms: number): boolean => Math.floor(ms / POLICY.periodMs) % 3 < 2;
  const seen = verdicts(60_000, (ms) => (isHung(ms) ? ms % POLICY.periodMs : 0));
  expect(seen).toContain("unhealthy");
  expect(seen).not.toContain("dead");
});

test("the reason names the timeout and the number of probes", () => {
  const probing = { elapsedMs: 0, hasFailed: true, failures: 3 };
  expect(judgeProbing(probing, ANSWERED, POLICY)).toEqual({
    is: "dead",
    reason: "no answer to a liveness probe within 1 s, 3 times in a row",
  });
});

test("a stopped process is found within a second, whatever the policy", () => {
  expect(judgeProbing(NOT_PROBED, { ...ANSWERED, stoppedMs: 1_000 }, POLICY).is).toBe("stopped");
});
