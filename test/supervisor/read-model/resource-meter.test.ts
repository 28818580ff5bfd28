import { expect, test } from "vitest";
import {
  ResourceMeter,
  type MeasuredReplica,
} from "../../../src/supervisor/read-model/resource-meter.ts";

const READY = { name: "ready", processId: "p", startedAt: 0, servingSince: 0 } as const;

function meterOf(cpuMs: () => number | undefined): ResourceMeter {
  return new ResourceMeter({
    source: "/proc",
    sample: () => (cpuMs() === undefined ? undefined : { rssBytes: 100, cpuMs: cpuMs()! }),
  });
}

test("the share of a processor is that since the last sample", () => {
  let used = 500;
  const meter = meterOf(() => used);
  const replica: MeasuredReplica = { processId: "p", state: READY, pid: 1, keptPid: null };
  expect(meter.measure(replica, 1_000)).toEqual({ rssBytes: 100, cpu: 50 });
  used = 1_400;
  expect(meter.measure(replica, 2_000).cpu).toBe(90);
  used = 1_410;
  expect(meter.measure(replica, 2_010).cpu, "another reader a moment later").toBe(90);
});

test("the processes of one replica count together, and each new process begins anew", () => {
  let used = 200;
  const meter = meterOf(() => used);
  const replica = { processId: "p", state: READY, pid: 1, keptPid: 2 };
  expect(meter.measure(replica, 1_000)).toEqual({ rssBytes: 200, cpu: 40 });
  used = 10;
  Object.assign(replica, { processId: "q", state: { ...READY, processId: "q", startedAt: 1_000 } });
  expect(meter.measure(replica, 1_200).cpu).toBe(10);
});

test("a process that cannot be sampled has no values", () => {
  const replica = { processId: "p", state: READY, pid: 1, keptPid: null };
  expect(meterOf(() => undefined).measure(replica, 1_000)).toEqual({ rssBytes: null, cpu: null });
});
