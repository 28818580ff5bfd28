import { afterEach, describe, expect, test } from "vitest";
import type { Log, LogRecord } from "../../src/storage/storage.ts";

/** Opens the log of one test, which is closed after the test. */
export interface LogMaker {
  open(): Promise<Log>;
}

/** A record whose bytes all derive from its number, so that a wrong record is detected. */
export function recordAt(
  seq: number,
  options: { term?: number; payloadBytes?: number } = {},
): LogRecord {
  const payload = new Uint8Array(options.payloadBytes ?? 20 + (seq % 13));
  for (let i = 0; i < payload.length; i += 1) payload[i] = (seq * 31 + i * 7) % 251;
  const common = { seq, term: options.term ?? 1, operationId: `op-${seq}-ü`, payload };
  return seq % 3 === 0
    ? { ...common, outcome: { kind: "threw", error: `write ${seq} threw` } }
    : { ...common, outcome: { kind: "done" } };
}

/** Returns the records `from` to `to`, both included. */
export function recordsBetween(
  from: number,
  to: number,
  options: { term?: number; payloadBytes?: number } = {},
): LogRecord[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => recordAt(from + i, options));
}

/** Returns all records of a log, read in portions. */
export async function readAll(log: Log, maxBytes = 1 << 20): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let next = log.first; next <= log.last.seq; next = (records.at(-1)?.seq ?? Infinity) + 1)
    records.push(...(await log.read(next, log.last.seq, maxBytes)));
  return plain(records);
}

/** Copies the payloads of records for a comparison: a log may return views of a larger buffer. */
export function plain(records: readonly LogRecord[]): LogRecord[] {
  return records.map((record) => ({ ...record, payload: new Uint8Array(record.payload) }));
}

/** The contract of every implementation of a log. */
export function logContract(name: string, maker: LogMaker): void {
  describe(`${name} keeps the contract of a log`, () => {
    const open: Log[] = [];
    const openOne = async (): Promise<Log> => {
      const log = await maker.open();
      open.push(log);
      return log;
    };
    afterEach(async () => {
      for (const log of open.splice(0)) await log.close();
    });

    test("a new log is empty: its last position is {0, 0} and its first number 1", async () => {
      const log = await openOne();
      expect({ first: log.first, last: log.last, heads: log.heads() }).toEqual({
        first: 1,
        last: { seq: 0, term: 0 },
        heads: [],
      });
      expect(await log.sync()).toEqual({ seq: 0, term: 0 });
      expect(await log.read(1, 10, 1000)).toEqual([]);
    });

    test("appended records are read back, byte for byte, before and after a sync", async () => {
      const log = await openOne();
      log.append(recordsBetween(1, 10));
      expect(await readAll(log)).toEqual(recordsBetween(1, 10));
      expect(await log.sync()).toEqual({ seq: 10, term: 1 });
      expect(await readAll(log)).toEqual(recordsBetween(1, 10));
    });

    test("an empty operation id, payload and error message stay empty", async () => {
      const log = await openOne();
      const bare = { term: 1, operationId: "", payload: new Uint8Array() };
      log.append([
        { ...bare, seq: 1, outcome: { kind: "done" } },
        { ...bare, seq: 2, outcome: { kind: "threw", error: "" } },
      ]);
      await log.sync();
      expect(await readAll(log)).toEqual([
        { ...bare, seq: 1, outcome: { kind: "done" } },
        { ...bare, seq: 2, outcome: { kind: "threw", error: "" } },
      ]);
    });

    test.each([
      { name: "a gap", next: { seq: 4, term: 2 } },
      { name: "a repeat", next: { seq: 2, term: 2 } },
      { name: "a term below the last one", next: { seq: 3, term: 1 } },
    ])("$name is refused as INTERNAL, and nothing of that call is taken", async ({ next }) => {
      const log = await openOne();
      log.append(recordsBetween(1, 2, { term: 2 }));
      expect(() => log.append([{ ...recordAt(next.seq), term: next.term }])).toThrow(
        expect.objectContaining({ code: "INTERNAL" }),
      );
      expect(() => log.append([recordAt(3, { term: 2 }), recordAt(5, { term: 2 })])).toThrow(
        expect.objectContaining({ code: "INTERNAL" }),
      );
      expect(log.last).toEqual({ seq: 2, term: 2 });
      log.append([recordAt(3, { term: 5 })]);
      expect(await log.sync()).toEqual({ seq: 3, term: 5 });
    });

    test("concurrent syncs all resolve, each at least at the position of its own records", async () => {
      const log = await openOne();
      const positions = recordsBetween(1, 50).map((record) => {
        log.append([record]);
        return log.sync().then((safe) => ({ asked: record.seq, safe: safe.seq }));
      });
      const late = (await Promise.all(positions)).filter(({ asked, safe }) => safe < asked);
      expect(late, "syncs that resolved before their records were safe").toEqual([]);
      expect(await readAll(log)).toEqual(recordsBetween(1, 50));
    });

    test("a read stops at `to` or `maxBytes`, but always returns its first record", async () => {
      const log = await openOne();
      log.append(recordsBetween(1, 6));
      await log.sync();
      log.append(recordsBetween(7, 9));
      const sizes = log.heads().map((head) => head.bytes);
      const seqs = async (from: number, to: number, maxBytes: number): Promise<number[]> =>
        (await log.read(from, to, maxBytes)).map((record) => record.seq);
      expect(await seqs(2, 4, 1 << 20)).toEqual([2, 3, 4]);
      expect(await seqs(5, 8, 1 << 20)).toEqual([5, 6, 7, 8]);
      expect(await seqs(2, 9, 1)).toEqual([2]);
      expect(await seqs(8, 9, 1)).toEqual([8]);
      expect(await seqs(2, 9, (sizes[1] ?? 0) + (sizes[2] ?? 0))).toEqual([2, 3]);
      expect(await seqs(5, 9, (sizes[4] ?? 0) + (sizes[5] ?? 0) + (sizes[6] ?? 0))).toEqual([
        5, 6, 7,
      ]);
      expect(await seqs(10, 20, 1000)).toEqual([]);
      expect(await seqs(5, 4, 1000)).toEqual([]);
    });

    test("heads hold everything of a record except its payload", async () => {
      const log = await openOne();
      log.append(recordsBetween(1, 4));
      await log.sync();
      log.append(recordsBetween(5, 7));
      const want = recordsBetween(1, 7).map(({ payload, ...head }) => ({
        ...head,
        isAbovePayload: payload.length > 0,
      }));
      const heads = log.heads().map(({ bytes, ...head }) => ({
        ...head,
        isAbovePayload: bytes > recordAt(head.seq).payload.length,
      }));
      expect(heads).toEqual(want);
    });

    test("trimming keeps every record from `below` on, and a dropped record is NOT_FOUND", async () => {
      const log = await openOne();
      for (let seq = 1; seq <= 60; seq += 3) {
        log.append(recordsBetween(seq, seq + 2));
        await log.sync();
      }
      const before = log.bytes;
      for (let below = 1; below <= 50; below += 1) {
        await log.trim(below);
        expect(log.first, `the lowest number held after trim(${below})`).toBeLessThanOrEqual(below);
      }
      expect(log.first, "something was dropped").toBeGreaterThan(1);
      expect(log.bytes).toBeLessThan(before);
      expect(log.heads()[0]?.seq).toBe(log.first);
      expect(plain(await log.read(50, 60, 1 << 20))).toEqual(recordsBetween(50, 60));
      await expect(log.read(log.first - 1, 60, 1000)).rejects.toMatchObject({ code: "NOT_FOUND" });
      log.append(recordsBetween(61, 62));
      expect(await log.sync()).toEqual({ seq: 62, term: 1 });
    });

    test("trimming above the last record keeps its position", async () => {
      const log = await openOne();
      for (let seq = 1; seq <= 40; seq += 1) {
        log.append([recordAt(seq, { term: 3 })]);
        await log.sync();
      }
      await log.trim(1000);
      expect(log.last).toEqual({ seq: 40, term: 3 });
      log.append([recordAt(41, { term: 3 })]);
      expect(await log.sync()).toEqual({ seq: 41, term: 3 });
      expect(plain(await log.read(41, 41, 1))).toEqual([recordAt(41, { term: 3 })]);
    });

    test("after a reset the log is empty and the next record follows the base", async () => {
      const log = await openOne();
      log.append(recordsBetween(1, 20));
      await log.sync();
      await log.reset({ seq: 700, term: 4 });
      expect({ first: log.first, last: log.last, heads: log.heads() }).toEqual({
        first: 701,
        last: { seq: 700, term: 4 },
        heads: [],
      });
      expect(await log.sync()).toEqual({ seq: 700, term: 4 });
      await expect(log.read(20, 20, 1000)).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect(() => log.append([recordAt(21)])).toThrow(
        expect.objectContaining({ code: "INTERNAL" }),
      );
      log.append(recordsBetween(701, 705, { term: 5 }));
      expect(await log.sync()).toEqual({ seq: 705, term: 5 });
      expect(await readAll(log)).toEqual(recordsBetween(701, 705, { term: 5 }));
    });

    test("a closed log rejects every call except close", async () => {
      const log = await openOne();
      log.append([recordAt(1)]);
      await log.close();
      await log.close();
      expect(() => log.append([recordAt(2)])).toThrow(
        expect.objectContaining({ code: "INTERNAL" }),
      );
      await expect(log.sync()).rejects.toMatchObject({ code: "INTERNAL" });
      await expect(log.read(1, 1, 1000)).rejects.toMatchObject({ code: "INTERNAL" });
      await expect(log.trim(1)).rejects.toMatchObject({ code: "INTERNAL" });
      await expect(log.reset({ seq: 0, term: 0 })).rejects.toMatchObject({ code: "INTERNAL" });
    });
  });
}
