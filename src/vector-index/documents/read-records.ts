import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { JflowError } from "../../util/errors.ts";
import { damaged } from "../files/checked-file.ts";
import { decodeRecord, recordLength, type StoredRecord } from "./record.ts";
import { segmentName, type DocumentSegment } from "./segment.ts";

const READ_BYTES = 1024 * 1024;

/** Throws `DATA_LOSS` unless the file of a segment has the size that the snapshot states. */
export async function assertSize(
  folder: string,
  { number, bytes }: { number: number; bytes: number },
): Promise<void> {
  const path = join(folder, segmentName(number));
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== bytes)
    throw damaged(path, `it has ${found?.size ?? "no"} bytes, not ${bytes}`);
}

/** All records of a segment, living and dead. Throws `DATA_LOSS` at a damaged one. */
export function* recordsOf(
  segment: DocumentSegment,
): Generator<{ offset: number; record: StoredRecord; raw: Uint8Array }> {
  let offset = 0;
  while (offset < segment.bytes) {
    let buffer = segment.read(offset, READ_BYTES);
    const first = recordLength(buffer) ?? 0;
    if (first > buffer.length) buffer = segment.read(offset, first);
    let at = 0;
    for (
      let record = decodeRecord(buffer);
      record !== undefined;
      record = decodeRecord(buffer.subarray(at))
    ) {
      yield { offset: offset + at, record, raw: buffer.subarray(at, at + record.length) };
      at += record.length;
    }
    if (at === 0) throw damagedRecord(segment, offset);
    offset += at;
  }
}

/** Returns the error for a record that fails its checksum. */
export function damagedRecord(segment: DocumentSegment, offset: number, id?: string): JflowError {
  const which = id === undefined ? "the record" : `the record of document "${id}"`;
  return damaged(segment.path, `${which} at byte ${offset} fails its checksum`);
}
