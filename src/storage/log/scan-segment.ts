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

/** The head of a record, and its offset in the segment. */
export interface RecordPlace {
  readonly head: RecordHead;
  readonly offset: number;
}

/** The content of a segment file, from its start to its end or to the first damaged byte. */
export interface SegmentScan {
  readonly header: SegmentHeader;
  readonly places: RecordPlace[];
  /** The position of the last whole record, or the base of the header. */
  readonly last: Position;
  /** Checksum that the next record, or the next segment, must carry. */
  readonly chain: number;
  /** The offset at which the whole part ends. */
  readonly end: number;
  /**
   * The offset up to which the segment was known to be on disk when its last whole record was
   * written.
   */
  readonly synced: number;
  readonly sealed: boolean;
  readonly damage?: SegmentDamage;
}

/** The first damaged byte range, from `SegmentScan.end` on. */
interface SegmentDamage {
  readonly reason: string;
  /** The offset of a later whole record which proves that the damaged bytes were on disk once. */
  readonly provenBy?: number;
}

const WINDOW_BYTES = 1 << 20;

/**
 * Reads a segment. Memory: one record, or a megabyte. Throws `DATA_LOSS` if the header is damaged:
 * a segment has its name only once its header is on disk.
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

/** Returns the error for a log that must not be opened. */
export function damagedSegment(path: string, offset: number, reason: string): JflowError {
  const wayOut =
    "stop the copy and move its workspace away, and the copy is restored from another copy";
  return new JflowError(
    "DATA_LOSS",
    `the log is damaged: ${path} at byte ${offset}: ${reason}. To continue, ${wayOut}`,
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
        : { ...whole, damage: { reason: "there are bytes after the footer", provenBy: end } };
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
    : "the footer names another last record";
}

/**
 * Returns the offset of a whole record after `end` that was written when the bytes at `end` were
 * already on disk. A record that was not synced separately does not prove damage, because the disk
 * may keep the later of two pages and lose the earlier one.
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

/** Returns the record at `offset`, or undefined when it is not whole. */
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

/** Reads a file through a window, so that small steps forward do not need a system call each. */
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
   * Returns the bytes from `offset` on: fewer than `length` at the end of the file. They are valid
   * until the next call.
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

  /** Returns the offset of the next occurrence of `pattern` from `from` on. */
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
