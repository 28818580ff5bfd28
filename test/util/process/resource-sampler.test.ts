import { expect, test } from "vitest";
import {
  openResourceSampler,
  parsePs,
  PsSampler,
} from "../../../src/util/process/resource-sampler.ts";

test("the output of ps is read in the formats of Linux and macOS", () => {
  expect([...parsePs("  12  2048 00:01:02\n7 10 1-02:00:00\n 9 1 0:03.50\n\nbad line\n")]).toEqual([
    [12, { rssBytes: 2_097_152, cpuMs: 62_000 }],
    [7, { rssBytes: 10_240, cpuMs: 93_600_000 }],
    [9, { rssBytes: 1_024, cpuMs: 3_500 }],
  ]);
});

test("a system without ps says that nothing is known", async () => {
  const sampler = new PsSampler("/no/such/ps");
  expect([sampler.source, sampler.sample(1)]).toEqual(["ps", undefined]);
  await sampler.settled();
  expect([sampler.source, sampler.sample(1)]).toEqual(["none", undefined]);
});

test.runIf(process.platform === "linux")("this process has memory and processor time", () => {
  const sampler = openResourceSampler();
  expect(sampler.source).toBe("/proc");
  expect(sampler.sample(process.pid)!.rssBytes).toBeGreaterThan(1_000_000);
});
