import { describe, expect, test } from "vitest";
import { OperationTable } from "../../../src/replication/state/operation-table.ts";
import { makeRecords } from "../rig.ts";

describe("the operation ids of a shard", () => {
  test("are remembered with number and outcome", () => {
    const table = new OperationTable(makeRecords(2));
    expect(table.find("w2")).toEqual({ operationId: "w2", seq: 2, outcome: { kind: "done" } });
    expect(table.find("w3")).toBeUndefined();
  });

  test("are dropped by sequence number, the oldest first", () => {
    const table = new OperationTable(makeRecords(5), 3);
    expect(table.upTo(5).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  });

  test("include, for a snapshot, the ids up to its number", () => {
    expect(new OperationTable(makeRecords(5)).upTo(2).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("are those of the new write when a dropped key is repeated", () => {
    const table = new OperationTable(makeRecords(4), 3);
    table.enter({ ...makeRecords(1, 1, 5)[0]!, operationId: "w1" });
    expect(table.find("w1")?.seq).toBe(5);
  });
});
