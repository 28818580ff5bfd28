import { expect, test } from "vitest";
import { MAX_TRACES_PER_SECOND } from "../../../src/util/limits/requests.ts";
import { Sampler } from "../../../src/wire/tracing/sampler.ts";

function parent(isSampled: boolean, traceId = "1".repeat(32)) {
  return { traceId, spanId: "1".repeat(16), isSampled };
}

function countRoots(sampler: Sampler, requests: number): number {
  let sampled = 0;
  for (let request = 0; request < requests; request += 1)
    if (sampler.samples(undefined)) sampled += 1;
  return sampled;
}

test("by default the parent decides, and at most so many requests per second begin a trace", () => {
  let now = 0;
  const sampler = new Sampler({}, () => now);
  expect([sampler.samples(parent(true)), sampler.samples(parent(false))]).toEqual([true, false]);
  expect(countRoots(sampler, 1000)).toBe(MAX_TRACES_PER_SECOND);
  now = 500;
  expect(countRoots(sampler, 1000)).toBe(MAX_TRACES_PER_SECOND / 2);
  now = 60_000;
  expect(countRoots(sampler, 1000)).toBe(MAX_TRACES_PER_SECOND);
});

test.each([
  { name: "always_on", roots: 100, ofUnsampled: true },
  { name: "always_off", roots: 0, ofUnsampled: false },
  { name: "parentbased_always_on", roots: 100, ofUnsampled: false },
  { name: "parentbased_always_off", roots: 0, ofUnsampled: false },
])("$name", ({ name, roots, ofUnsampled }) => {
  const sampler = new Sampler({ name }, () => 0);
  expect(countRoots(sampler, 100)).toBe(roots);
  expect(sampler.samples(parent(false))).toBe(ofUnsampled);
});

test("a ratio is decided by the trace, alike in every process", () => {
  const sampler = new Sampler({ name: "traceidratio", argument: "0.5" }, () => 0);
  const low = parent(false, `${"1".repeat(24)}00000001`);
  const high = parent(true, `${"1".repeat(24)}ffffffff`);
  expect([sampler.samples(low), sampler.samples(high)]).toEqual([true, false]);
  const roots = countRoots(
    new Sampler({ name: "parentbased_traceidratio", argument: "0.1" }, () => 0),
    10_000,
  );
  expect(roots).toBeGreaterThan(700);
  expect(roots).toBeLessThan(1_300);
});

test.each([
  { name: "jaeger_remote", argument: undefined, message: "OTEL_TRACES_SAMPLER is jaeger_remote: " },
  { name: "traceidratio", argument: "2", message: "OTEL_TRACES_SAMPLER_ARG is 2: " },
])("$name $argument is refused", ({ name, argument, message }) => {
  expect(() => new Sampler({ name, argument }, () => 0)).toThrow(message);
});
