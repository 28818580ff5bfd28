import { expect, test } from "vitest";
import { MemoryLog } from "../../../src/storage/storage.ts";
import { ON_DISK, PayloadHandle, PayloadMemory } from "../../../src/worker/disk/payload-handle.ts";
import { RecordLog, type HandledRecord } from "../../../src/worker/disk/record-log.ts";

function makeRecord(seq: number, payload: PayloadHandle): HandledRecord {
  const outcome = { kind: "done" } as const;
  return { seq, term: 1, operationId: `w${seq}`, outcome, bytes: 100, payload };
}

function makeBytes(seq: number, length = 10): Uint8Array {
  return new Uint8Array(length).fill(seq);
}

test("memory releases the oldest payloads beyond its bound, and keeps the newest even alone", () => {
  const memory = new PayloadMemory(25);
  const handles = [1, 2, 3].map((seq) => new PayloadHandle(makeBytes(seq)));
  for (const handle of handles) memory.hold(handle);
  expect(handles.map(({ bytes }) => bytes?.[0])).toEqual([undefined, 2, 3]);
  const large = new PayloadHandle(makeBytes(9, 100));
  memory.hold(large);
  expect(handles.map(({ bytes }) => bytes)).toEqual([undefined, undefined, undefined]);
  expect(large.bytes).toHaveLength(100);
});

test("a payload that was released, or found in the log, is read from the log", async () => {
  const log = new RecordLog(new MemoryLog());
  const records = [1, 2, 3].map((seq) => makeRecord(seq, new PayloadHandle(makeBytes(seq))));
  log.append(records);
  for (const record of records) log.release(record);
  expect(records.map(({ payload }) => payload.bytes)).toEqual([undefined, undefined, undefined]);
  for (const record of records) expect(await log.payload(record)).toEqual(makeBytes(record.seq));
  expect(await log.payload(makeRecord(2, ON_DISK))).toEqual(makeBytes(2));
});

test("a record without its payload is not appended", () => {
  const log = new RecordLog(new MemoryLog());
  expect(() => log.append([makeRecord(1, ON_DISK)])).toThrow("record 1 has no payload to append");
});
