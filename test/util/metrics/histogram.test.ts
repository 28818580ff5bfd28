import { expect, test } from "vitest";
import { Histogram } from "../../../src/util/metrics/histogram.ts";

test("a value counts in the first bucket whose bound it does not exceed", () => {
  const histogram = new Histogram([1, 2, 4]);
  for (const value of [0.5, 1, 1.5, 2, 4, 5]) histogram.observe(value);
  expect(histogram.read()).toEqual({ bounds: [1, 2, 4], counts: [2, 2, 1, 1], sum: 14 });
});

test("what was read does not change later", () => {
  const histogram = new Histogram([1]);
  const before = histogram.read();
  histogram.observe(1);
  expect(before).toEqual({ bounds: [1], counts: [0, 0], sum: 0 });
});
