import { expect, test } from "vitest";
import {
  ANSWERED,
  judgeSilence,
  lengthenSilence,
  RESUMED,
  type Look,
  type Silence,
} from "../../../../src/supervisor/decide/lifecycle/silence.ts";
import { HEARTBEAT_MS } from "../../../../src/util/limits/processes.ts";

/** Looks at a silent child every 250 ms; `look` says what `/proc` shows at that time. */
function stayAway(ms: number, look: (atMs: number) => Look | undefined): Silence {
  let silence = ANSWERED;
  for (let at = HEARTBEAT_MS; at <= ms; at += HEARTBEAT_MS)
    silence = lengthenSilence(silence, HEARTBEAT_MS, look(at));
  return silence;
}

const stopped = (): Look => ({ state: "T", cpuMs: 40 });
const idle = (): Look => ({ state: "S", cpuMs: 40 });
const busy = (at: number): Look => ({ state: "R", cpuMs: at });
const slow = (at: number): Look => ({ state: "S", cpuMs: Math.floor(at / 500) * 10 });

test("a stopped child is found after 1 s", () => {
  expect(judgeSilence(stayAway(750, stopped)).is).toBe("fine");
  expect(judgeSilence(stayAway(1000, stopped)).is).toBe("stopped");
});

test("a child that was stopped for a moment is not killed", () => {
  expect(judgeSilence(stayAway(1500, (at) => (at === 1250 ? idle() : stopped()))).is).toBe("fine");
});

test("a busy child is unhealthy after 30 s and killed after 120 s", () => {
  expect(judgeSilence(stayAway(29_750, busy)).is).toBe("fine");
  expect(judgeSilence(stayAway(30_000, busy)).is).toBe("unhealthy");
  expect(judgeSilence(stayAway(119_750, busy)).is).toBe("unhealthy");
  expect(judgeSilence(stayAway(120_000, busy))).toEqual({
    is: "dead",
    reason: "busy: no answer to heartbeats for 120 s",
  });
});

test("a child that sometimes uses the processor is busy", () => {
  expect(judgeSilence(stayAway(20_000, slow)).is).toBe("fine");
});

test("a silent and idle child is unhealthy after 3 s and killed after 10 s", () => {
  expect(judgeSilence(stayAway(2_750, idle)).is).toBe("fine");
  expect(judgeSilence(stayAway(3_000, idle)).is).toBe("unhealthy");
  expect(judgeSilence(stayAway(10_000, idle)).is).toBe("dead");
});

test("without /proc, the silence alone decides", () => {
  expect(judgeSilence(stayAway(10_000, () => undefined)).is).toBe("dead");
});

test("a child that is still stopped after a suspension of the supervisor has 10 s", () => {
  const after = (ms: number): Silence => {
    let silence = RESUMED;
    for (let at = HEARTBEAT_MS; at <= ms; at += HEARTBEAT_MS)
      silence = lengthenSilence(silence, HEARTBEAT_MS, stopped());
    return silence;
  };
  expect(judgeSilence(after(9_750)).is).toBe("unhealthy");
  expect(judgeSilence(after(10_000)).is).toBe("stopped");
});

test("a child that continued after a suspension of the supervisor is judged as before", () => {
  const continued = lengthenSilence(RESUMED, HEARTBEAT_MS, idle());
  let silence = continued;
  for (let at = HEARTBEAT_MS; at <= 1_000; at += HEARTBEAT_MS)
    silence = lengthenSilence(silence, HEARTBEAT_MS, stopped());
  expect(judgeSilence(silence).is).toBe("stopped");
});

test("a pause of the supervisor does not count as silence", () => {
  expect(judgeSilence(lengthenSilence(ANSWERED, 3_600_000, stopped())).is).toBe("fine");
});
