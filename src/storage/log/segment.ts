import type { Position } from "../../model/shard/log.ts";
import { randomInt } from "node:crypto";
import { dirname, join } from "node:path";
import type { Files, OpenFile } from "../files/files.ts";
import { headOf, type LogRecord } from "./log.ts";
import {
  chainOfHeader,
  decodeRecordHead,
  decodeTexts,
  encodeFooter,
  encodeHeader,
  encodeRecord,
  HEADER_BYTES,
  isWhole,
  payloadOf,
  type SegmentHeader,
} from "./record-format.ts";
import { damagedSegment, type RecordPlace, type SegmentScan } from "./scan-segment.ts";

/**
 * The end of the name of a segment whose header is not on disk yet. Such a file, left by a crash,
 * holds no record.
 */
export const UNFINISHED = ".new";
const NAME = /^(\d{10})-(\d{20})\.log$/;

/** Returns `<generation>-<first sequence number>.log`, so that names sort as the log does. */
export function segmentName(header: {
  readonly generation: number;
  readonly base: Position;
}): string {
  return `${String(header.generation).padStart(10, "0")}-${String(header.base.seq + 1).padStart(20, "0")}.log`;
}

/** Returns the generation in the name of a segment, or undefined for another file. */
export function generationOf(name: string): number | undefined {
  const found = NAME.exec(name);
  return found === null ? undefined : Number(found[1]);
}

/**
 * One open file of the log. Its owner closes it. Concurrent writes are not safe, so the log runs
 * one write at a time.
 */
export class Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly places: RecordPlace[];
  #last: Position;
  #size: number;
  readonly #file: OpenFile;
  #chain: number;
  #synced: number;

  constructor(file: OpenFile, path: string, scan: SegmentScan) {
    this.#file = file;
    this.path = path;
    this.header = scan.header;
    this.places = scan.places;
    this.#last = scan.last;
    this.#size = scan.end;
    this.#chain = scan.chain;
    this.#synced = scan.synced;
  }

  get last(): Position {
    return this.#last;
  }
  /** The written bytes, which may not be on disk yet. */
  get size(): number {
    return this.#size;
  }
  /** Checksum that the next segment carries, once this one is sealed. */
  get chain(): number {
    return this.#chain;
  }

  /** Writes records after the last one. They are durable after the next `datasync()`. */
  async write(records: readonly LogRecord[]): Promise<void> {
    const buffers: Uint8Array[] = [];
    const places: RecordPlace[] = [];
    let [chain, end] = [this.#chain, this.#size];
    for (const record of records) {
      const encoded = encodeRecord(record, {
        marker: this.header.seed,
        previous: chain,
        synced: this.#synced,
      });
      const bytes = encoded.buffers.reduce((sum, buffer) => sum + buffer.length, 0);
      places.push({ head: headOf(record, bytes), offset: end });
      buffers.push(...encoded.buffers);
      [chain, end] = [encoded.crc, end + bytes];
    }
    await this.#file.write(buffers, this.#size);
    for (const place of places) this.places.push(place);
    const last = records.at(-1);
    if (last !== undefined) this.#last = { seq: last.seq, term: last.term };
    [this.#chain, this.#size] = [chain, end];
  }

  /** Makes all written records durable. */
  async datasync(): Promise<void> {
    const written = this.#size;
    await this.#file.datasync();
    this.#synced = written;
  }

  /**
   * Ends the segment with its footer, durably. From then on, any damage counts as damage, not as a
   * torn end.
   */
  async seal(): Promise<void> {
    const footer = encodeFooter(this.#last, {
      marker: this.header.seed,
      previous: this.#chain,
      synced: this.#synced,
    });
    await this.#file.write(footer.buffers, this.#size);
    this.#chain = footer.crc;
    this.#size += footer.buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    await this.datasync();
  }

  /**
   * Reads the records between two indexes of `places`, the second excluded. Throws `DATA_LOSS` for
   * a record that is not as it was written.
   */
  async read(fromIndex: number, toIndex: number): Promise<LogRecord[]> {
    const places = this.places.slice(fromIndex, toIndex);
    const start = places[0]?.offset ?? 0;
    const bytes = Buffer.allocUnsafe(places.reduce((sum, place) => sum + place.head.bytes, 0));
    const got = await this.#file.read(bytes, start);
    return places.map((place) =>
      this.#decode(
        bytes
          .subarray(0, got)
          .subarray(place.offset - start, place.offset - start + place.head.bytes),
        place,
      ),
    );
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #decode(bytes: Buffer, place: RecordPlace): LogRecord {
    const head = decodeRecordHead(bytes);
    if (
      head === undefined ||
      head.kind === "footer" ||
      !isWhole(bytes, head) ||
      head.seq !== place.head.seq
    )
      throw damagedSegment(
        this.path,
        place.offset,
        `record ${place.head.seq} is not as it was written`,
      );
    return {
      seq: head.seq,
      term: head.term,
      ...decodeTexts(bytes, head),
      payload: payloadOf(bytes, head),
    };
  }
}

/**
 * Creates a segment for the records after `base`. It gets its name when its header is on disk, so a
 * damaged header is never a torn one.
 */
export async function createSegment(
  files: Files,
  folder: string,
  start: Omit<SegmentHeader, "seed">,
): Promise<Segment> {
  const header: SegmentHeader = { ...start, seed: randomInt(1, 2 ** 32) };
  const path = join(folder, segmentName(header));
  const file = await files.open(path + UNFINISHED, "create");
  const bytes = encodeHeader(header);
  try {
    await file.write([bytes], 0);
    await file.datasync();
    await files.rename(path + UNFINISHED, path);
    await files.syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  const empty = {
    last: header.base,
    chain: chainOfHeader(bytes),
    end: HEADER_BYTES,
    synced: HEADER_BYTES,
  };
  return new Segment(file, path, { header, places: [], sealed: false, ...empty });
}
