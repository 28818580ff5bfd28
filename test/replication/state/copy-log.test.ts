import { describe, expect, test } from "vitest";
import { CopyLog } from "../../../src/replication/state/copy-log.ts";
import { makeRecords } from "../rig.ts";

const WIDE = { records: 1_000, bytes: 1_000_000 };

describe("the records of a log", () => {
  test("include the position of the base, and no other outside the held records", () => {
    const log = new CopyLog({ seq: 2, term: 1 }, makeRecords(2, 3, 3));
    expect([1, 2, 3, 4, 5].map((seq) => log.positionAt(seq)?.term)).toEqual([
      undefined,
      1,
      3,
      3,
      undefined,
    ]);
  });

  test("follow one another without a gap", () => {
    expect(() => new CopyLog({ seq: 0, term: 0 }, makeRecords(1, 1, 2))).toThrow(
      "record 2 cannot follow record 0",
    );
  });

  test("are cut into pieces by number and by size, at least one record long", () => {
    const log = new CopyLog({ seq: 0, term: 0 }, makeRecords(5));
    expect(log.slice(2, { records: 2, bytes: 1_000 }).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(log.slice(2, { records: 9, bytes: 350 }).map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(log.slice(2, { records: 9, bytes: 1 }).map(({ seq }) => seq)).toEqual([2]);
    expect(log.slice(6, WIDE)).toEqual([]);
  });

  test("keep their sizes when the log is trimmed", () => {
    const log = new CopyLog({ seq: 0, term: 0 }, makeRecords(5));
    log.trim(3);
    expect(log.base).toEqual({ seq: 2, term: 1 });
    expect(log.last.seq).toBe(5);
    expect([log.bytesBetween(0, 5), log.bytesBetween(3, 5), log.bytesBetween(5, 5)]).toEqual([
      300, 200, 0,
    ]);
  });

  test("continue after the base when the log is trimmed to its end", () => {
    const log = new CopyLog({ seq: 0, term: 0 }, makeRecords(2));
    log.trim(3);
    expect(log.last).toEqual({ seq: 2, term: 1 });
    log.append(makeRecords(1, 1, 3)[0]!);
    expect(log.slice(3, WIDE)).toHaveLength(1);
  });

  test("are empty after a reset and continue after the mark", () => {
    const log = new CopyLog({ seq: 0, term: 0 }, makeRecords(5));
    log.reset({ seq: 9, term: 4 });
    expect([log.last, log.positionAt(5)]).toEqual([{ seq: 9, term: 4 }, undefined]);
  });
});
