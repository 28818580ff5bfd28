import { expect, test } from "vitest";
import { Liveness } from "../../../src/supervisor/children/liveness.ts";
import { judgeSilence } from "../../../src/supervisor/decide/lifecycle/silence.ts";

const STOPPED = { state: "T", cpuMs: 5 };

function missFor(liveness: Liveness, ms: number): void {
  for (let passed = 0; passed < ms; passed += 250) liveness.missed(250, STOPPED);
}

test("an answer to a heartbeat from before a suspension does not end the time for stopped processes", () => {
  const liveness = new Liveness();
  void liveness.sent();
  liveness.beginAgain();
  liveness.answered();
  void liveness.sent();
  missFor(liveness, 9_000);
  expect(judgeSilence(liveness.silence).is).not.toBe("stopped");
});

test("an answer to a heartbeat from after a suspension ends that time", () => {
  const liveness = new Liveness();
  liveness.beginAgain();
  void liveness.sent();
  liveness.answered();
  void liveness.sent();
  missFor(liveness, 1_000);
  expect(judgeSilence(liveness.silence).is).toBe("stopped");
});
