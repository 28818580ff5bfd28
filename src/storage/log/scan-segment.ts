import type { Position, RecordHead } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import { newerFormat } from "../../util/newer-format.ts";
import type { OpenFile } from "../files/files.ts";
import { whyNotNext } from "./log.ts";
import {
  chainOfHeader,
  decodeHeader,
  decodeRecordHead,
  decodeTexts,
  HEADER_BYTES,
  isWhole,
  RECORD_HEAD_BYTES,
  type RecordFrame,
  type SegmentHeader,
} from "./record-format.ts";

/** A record's head and where in its segment the record begins. */
export interface RecordPlace {
  readonly head: RecordHead;
  readonly offset: number;
}

/**
 * What a segment file holds, read from its start to its end or to the first byte that is not as it
 * was written.
 */
export interface SegmentScan {
  readonly header: SegmentHeader;
  readonly places: RecordPlace[];
  /** Position of the last whole record, or the header's base. */
  readonly last: Position;
  /** Checksum that the next record, or the next segment, must carry. */
  readonly chain: number;
  /** Where the whole part ends. */
  readonly end: number;
  /** Up to where the segment was known to be on disk when its last whole record was written. */
  readonly synced: number;
  readonly sealed: boolean;
  readonly damage?: SegmentDamage;
}

/** The first byte range that is not as it was written, from `SegmentScan.end` on. */
interface SegmentDamage {
  readonly reason: string;
  /** Offset of a whole record behind it that proves it was on disk once: not a torn tail. */
  readonly provenBy?: number;
}

const WINDOW_BYTES = 1 << 20;

/**
 * Reads a segment. Memory: one record, or a megabyte. Throws `DATA_LOSS` where the header is
 * damaged: a segment has its name only once its header is on disk.
 */
export async function scanSegment(file: OpenFile, path: string): Promise<SegmentScan> {
  const reader = new WindowReader(file, await file.size());
  const headerBytes = await reader.at(0, HEADER_BYTES);
  const header = decodeHeader(headerBytes);
  if (header === "newer") throw newerFormat(path);
  if (header === "damaged") throw damagedSegment(path, 0, "its header is damaged");
  const scan = await scanRecords(reader, header, chainOfHeader(headerBytes));
  if (scan.damage === undefined || scan.sealed) return scan;
  const provenBy = await findProof(reader, header.seed, scan.end);
  return provenBy === undefined ? scan : { ...scan, damage: { ...scan.damage, provenBy } };
}

/** The error for a log that must not be opened: names the file, the offset, and the way out. */
export function damagedSegment(path: string, offset: number, reason: string): JflowError {
  const wayOut =
    "the copy must start anew from another copy of its shard (remove its workspace while it is stopped)";
  return new JflowError(
    "DATA_LOSS",
    `the log is damaged: ${path} at byte ${offset}: ${reason}; ${wayOut}`,
  );
}

async function scanRecords(
  reader: WindowReader,
  header: SegmentHeader,
  headerChain: number,
): Promise<SegmentScan> {
  const places: RecordPlace[] = [];
  let [last, chain, end, synced] = [header.base, headerChain, HEADER_BYTES, HEADER_BYTES];
  while (end < reader.size) {
    const found = await readRecordAt(reader, end);
    const reason =
      found === undefined
        ? "a record is incomplete or garbled"
        : whyNotLinked(found.head, header.seed, { last, chain });
    if (found === undefined || reason !== undefined)
      return {
        header,
        places,
        last,
        chain,
        end,
        synced,
        sealed: false,
        damage: { reason: reason ?? "" },
      };
    const { head, bytes } = found;
    if (head.kind === "footer") {
      const after = end + bytes.length;
      const whole = {
        header,
        places,
        last,
        chain: head.crc,
        end: after,
        synced: head.synced,
        sealed: true,
      };
      return after === reader.size
        ? whole
        : { ...whole, damage: { reason: "there are bytes behind the footer", provenBy: end } };
    }
    const { seq, term } = head;
    places.push({
      head: { seq, term, ...decodeTexts(bytes, head), bytes: bytes.length },
      offset: end,
    });
    [last, chain, end, synced] = [{ seq, term }, head.crc, end + bytes.length, head.synced];
  }
  return { header, places, last, chain, end, synced, sealed: false };
}

function whyNotLinked(
  head: RecordFrame,
  seed: number,
  before: { last: Position; chain: number },
): string | undefined {
  if (head.marker !== seed || head.previous !== before.chain)
    return "a record does not continue the one before it";
  if (head.kind !== "footer") return whyNotNext(before.last, head);
  return head.seq === before.last.seq && head.term === before.last.term
    ? undefined
    : "the footer tells another last record";
}

/**
 * Looks behind damage at `end` for a whole record that was written when the damaged place was on
 * disk already. A record of the same unsynced stretch proves nothing: the disk may keep the later
 * of two pages and lose the earlier.
 */
async function findProof(
  reader: WindowReader,
  seed: number,
  end: number,
): Promise<number | undefined> {
  const marker = Buffer.alloc(4);
  marker.writeUInt32LE(seed);
  let hit = await reader.find(marker, end + 5);
  while (hit !== undefined) {
    const start = hit - 4;
    const found = await readRecordAt(reader, start);
    if (found !== undefined && found.head.synced > end) return start;
    hit = await reader.find(marker, found === undefined ? hit + 1 : start + found.bytes.length + 4);
  }
  return undefined;
}

/** A record that is whole in itself, or undefined. */
async function readRecordAt(
  reader: WindowReader,
  offset: number,
): Promise<{ head: RecordFrame; bytes: Buffer } | undefined> {
  const head = decodeRecordHead(await reader.at(offset, RECORD_HEAD_BYTES));
  if (head === undefined || offset + RECORD_HEAD_BYTES + head.bodyBytes > reader.size)
    return undefined;
  const bytes = await reader.at(offset, RECORD_HEAD_BYTES + head.bodyBytes);
  return isWhole(bytes, head) ? { head, bytes } : undefined;
}

/** Reads a file through a window, so that small steps forward cost no call each. */
class WindowReader {
  readonly size: number;
  readonly #file: OpenFile;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: OpenFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /**
   * The bytes from `offset` on, fewer than `length` at the file's end; valid until the next call.
   */
  async at(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.size - offset);
    const begin = offset - this.#start;
    if (begin >= 0 && begin + wanted <= this.#window.length)
      return this.#window.subarray(begin, begin + wanted);
    const window = Buffer.allocUnsafe(Math.min(Math.max(wanted, WINDOW_BYTES), this.size - offset));
    const got = await this.#file.read(window, offset);
    if (got < window.length)
      throw new JflowError(
        "INTERNAL",
        `a segment became shorter while it was read: at byte ${offset + got}`,
      );
    this.#window = window;
    this.#start = offset;
    return this.#window.subarray(0, wanted);
  }

  /** Offset of the next place at or behind `from` that reads as `pattern`. */
  async find(pattern: Buffer, from: number): Promise<number | undefined> {
    let next = from;
    while (next + pattern.length <= this.size) {
      await this.at(next, pattern.length);
      const hit = this.#window.indexOf(pattern, next - this.#start);
      if (hit >= 0) return this.#start + hit;
      next = this.#start + this.#window.length - pattern.length + 1;
    }
    return undefined;
  }
}
