import { describe, expect, test } from "vitest";
import {
  isSnapshotCheaper,
  isSnapshotDue,
  lateAfterMs,
  maxLogBytes,
  smoothMs,
} from "../../../src/replication/state/costs.ts";

const VECTORS = {
  operationsAfterSnapshot: 0,
  msPerOperation: 0.7,
  snapshotBytes: 66_000_000,
  loadMs: 130,
};

describe("recovery by records or by snapshot", () => {
  test.each([
    [
      "a few hundred inserts into a graph are replayed",
      { ...VECTORS, operationsMissing: 300 },
      false,
    ],
    ["a thousand are not", { ...VECTORS, operationsMissing: 1_000 }, true],
    [
      "what comes after the snapshot is replayed either way",
      { ...VECTORS, operationsMissing: 1_000, operationsAfterSnapshot: 900 },
      false,
    ],
    [
      "cheap writes are replayed",
      { ...VECTORS, msPerOperation: 0.001, operationsMissing: 100_000 },
      false,
    ],
  ])("%s", (_, cost, expected) => {
    expect(isSnapshotCheaper(cost)).toBe(expected);
  });
});

describe("a snapshot is due", () => {
  const MB = 1024 * 1024;
  test.each([
    [
      "when replaying would take 2 s",
      { operations: 200, msPerOperation: 10, bytes: 0, snapshotBytes: 0 },
      true,
    ],
    ["not before", { operations: 199, msPerOperation: 10, bytes: 0, snapshotBytes: 0 }, false],
    [
      "at 64 MB of log",
      { operations: 1, msPerOperation: 0, bytes: 64 * MB, snapshotBytes: 0 },
      true,
    ],
    [
      "never without a record",
      { operations: 0, msPerOperation: 10, bytes: 64 * MB, snapshotBytes: 0 },
      false,
    ],
    [
      "after 300 MB not for 10 s of replay, which making it takes a third of",
      { operations: 1_000, msPerOperation: 10, bytes: 0, snapshotBytes: 300 * MB },
      false,
    ],
    [
      "after 300 MB for 16 s of replay",
      { operations: 1_600, msPerOperation: 10, bytes: 0, snapshotBytes: 300 * MB },
      true,
    ],
    [
      "after 300 MB at half as much log",
      { operations: 1, msPerOperation: 0, bytes: 150 * MB, snapshotBytes: 300 * MB },
      true,
    ],
  ])("%s", (_, since, expected) => {
    expect(isSnapshotDue(since)).toBe(expected);
  });
});

describe("how long a write takes", () => {
  test("the first measurement counts in full, and later ones move the average a little", () => {
    expect(smoothMs(null, 10)).toBe(10);
    expect(smoothMs(10, 30)).toBe(11);
  });

  test("a member has 10 s beyond twice what the primary takes", () => {
    expect([lateAfterMs(0), lateAfterMs(3_000)]).toEqual([10_000, 16_000]);
  });
});

test("the log of a copy is bounded by what two snapshots may need, and a segment", () => {
  const mib = 1024 * 1024;
  expect([maxLogBytes(0) / mib, maxLogBytes(600 * mib) / mib]).toEqual([192, 664]);
});
