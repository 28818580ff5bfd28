import type { LogRecord } from "./log.ts";
import { recordBytes } from "./record-format.ts";
import type { RecordPlace } from "./scan-segment.ts";

/**
 * Records `from` to `to`, both included, in at most `room` bytes. With `mayExceed`, record `from`
 * may be larger.
 */
export interface ReadRange {
  readonly from: number;
  readonly to: number;
  readonly room: number;
  readonly mayExceed: boolean;
}

/** Adjacent records of one segment: two indexes of its places, the second one excluded. */
export interface ReadSpan<Segment> {
  readonly segment: Segment;
  readonly fromIndex: number;
  readonly toIndex: number;
}

/**
 * Returns the written records that a read gets, and the range that remains for unwritten records.
 */
export function planRead<Segment extends { readonly places: readonly RecordPlace[] }>(
  segments: readonly Segment[],
  wanted: ReadRange,
): { spans: ReadSpan<Segment>[]; rest: ReadRange } {
  const spans: ReadSpan<Segment>[] = [];
  let rest = wanted;
  for (const segment of segments) {
    const fromIndex = rest.from - (segment.places[0]?.head.seq ?? Infinity);
    let toIndex = fromIndex;
    for (
      let place = segment.places[toIndex];
      place !== undefined && isFitting(place.head, rest);
      place = segment.places[toIndex]
    ) {
      rest = { ...rest, from: rest.from + 1, room: rest.room - place.head.bytes, mayExceed: false };
      toIndex += 1;
    }
    if (toIndex > fromIndex) spans.push({ segment, fromIndex, toIndex });
  }
  return { spans, rest };
}

/** Returns the records that a read gets: an empty list unless record `from` is among them. */
export function takeFitting(records: readonly LogRecord[], wanted: ReadRange): LogRecord[] {
  const taken: LogRecord[] = [];
  let rest = wanted;
  for (const record of records) {
    if (record.seq < wanted.from) continue;
    const bytes = recordBytes(record);
    if (record.seq !== rest.from || !isFitting({ seq: record.seq, bytes }, rest)) break;
    taken.push(record);
    rest = { ...rest, from: rest.from + 1, room: rest.room - bytes, mayExceed: false };
  }
  return taken;
}

/**
 * Returns how many records fit into `room` bytes: at least one, so that a record larger than a
 * segment has a segment too.
 */
export function countFitting(records: readonly LogRecord[], room: number): number {
  let [count, bytes] = [0, 0];
  for (const record of records) {
    bytes += recordBytes(record);
    if (count > 0 && bytes > room) break;
    count += 1;
  }
  return count;
}

function isFitting(
  record: { readonly seq: number; readonly bytes: number },
  wanted: ReadRange,
): boolean {
  return record.seq <= wanted.to && (record.bytes <= wanted.room || wanted.mayExceed);
}
