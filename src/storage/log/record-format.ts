/**
 * The bytes of a segment, all numbers little endian.
 *
 * header, 64 bytes: u32 crc of the rest | 8 bytes magic | u32 version | u32 seed | u32 crc of the
 * segment before (its footer's)
 *                   | u64 base seq | u32 base term | u32 generation | zeros
 * record, 44 bytes and the body: u32 crc of the rest | u32 marker | u32 body bytes | u32 crc of
 * what is before (a record, or the header)
 *                   | u32 synced | u64 seq | u32 term | u8 kind | 3 zeros | u32 id bytes
 *                   | u32 error bytes | body: id, error, payload
 *
 * Each checksum covers the one before it, so records of another segment, or of another history,
 * never continue this one. The marker is the segment's random seed: by it a record is found behind
 * a damaged one. `synced` is the offset up to which the segment was known to be on disk when the
 * record was written: a whole record that knows a damaged one to have been on disk tells damage
 * from a tail that was still being written. A footer is a record of its own kind without a body; it
 * ends a segment that will not grow.
 */
import { crc32 } from "node:zlib";
import type { OperationId, Outcome, Position } from "../../model/shard/log.ts";
import type { LogRecord } from "./log.ts";

export const HEADER_BYTES = 64;
export const RECORD_HEAD_BYTES = 44;
const MAGIC = Buffer.from("JFLOWLOG", "latin1");
const VERSION = 1;
const KINDS = ["done", "threw", "footer"] as const;

/**
 * The header of a segment. `base` is the position before its first record. `generation` counts the
 * resets of the log.
 */
export interface SegmentHeader {
  readonly seed: number;
  readonly previous: number;
  readonly base: Position;
  readonly generation: number;
}

/** How a record is linked to the record before. */
export interface RecordLink {
  readonly marker: number;
  readonly previous: number;
  readonly synced: number;
}

/** The fixed part of a record, as read. */
export interface RecordFrame extends RecordLink {
  readonly crc: number;
  readonly bodyBytes: number;
  readonly seq: number;
  readonly term: number;
  readonly kind: (typeof KINDS)[number];
  readonly idBytes: number;
  readonly errorBytes: number;
}

export function encodeHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes, 4);
  bytes.writeUInt32LE(VERSION, 12);
  bytes.writeUInt32LE(header.seed, 16);
  bytes.writeUInt32LE(header.previous, 20);
  writeU64(bytes, header.base.seq, 24);
  bytes.writeUInt32LE(header.base.term, 32);
  bytes.writeUInt32LE(header.generation, 36);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Returns the fields of a header, or a description of its damage. */
export function decodeHeader(bytes: Buffer): SegmentHeader | "damaged" | "newer" {
  if (bytes.length < HEADER_BYTES || !MAGIC.equals(bytes.subarray(4, 12))) return "damaged";
  if (crc32(bytes.subarray(4, HEADER_BYTES)) !== bytes.readUInt32LE(0)) return "damaged";
  if (bytes.readUInt32LE(12) !== VERSION) return "newer";
  return {
    seed: bytes.readUInt32LE(16),
    previous: bytes.readUInt32LE(20),
    base: { seq: readU64(bytes, 24), term: bytes.readUInt32LE(32) },
    generation: bytes.readUInt32LE(36),
  };
}

/** Returns the checksum of a header, which the first record carries. */
export function chainOfHeader(bytes: Buffer): number {
  return bytes.readUInt32LE(0);
}

/** Returns the bytes that a record takes in a segment. */
export function recordBytes(record: LogRecord): number {
  return (
    RECORD_HEAD_BYTES +
    Buffer.byteLength(record.operationId) +
    Buffer.byteLength(errorOf(record)) +
    record.payload.length
  );
}

/**
 * Returns a record as the buffers to write, with its payload uncopied, and its checksum, which the
 * next record carries.
 */
export function encodeRecord(
  record: LogRecord,
  link: RecordLink,
): { buffers: Uint8Array[]; crc: number } {
  const error = errorOf(record);
  const idBytes = Buffer.byteLength(record.operationId);
  const errorBytes = Buffer.byteLength(error);
  const head = Buffer.alloc(RECORD_HEAD_BYTES + idBytes + errorBytes);
  writeHead(head, link, {
    ...record,
    kind: record.outcome.kind,
    bodyBytes: idBytes + errorBytes + record.payload.length,
  });
  head.writeUInt32LE(idBytes, 36);
  head.writeUInt32LE(errorBytes, 40);
  head.write(record.operationId, RECORD_HEAD_BYTES, "utf8");
  head.write(error, RECORD_HEAD_BYTES + idBytes, "utf8");
  const crc = crc32(record.payload, crc32(head.subarray(4)));
  head.writeUInt32LE(crc, 0);
  return { buffers: [head, record.payload], crc };
}

/** Returns the footer after `last` and its checksum, which the next segment carries. */
export function encodeFooter(
  last: Position,
  link: RecordLink,
): { buffers: Uint8Array[]; crc: number } {
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  writeHead(head, link, { ...last, kind: "footer", bodyBytes: 0 });
  const crc = crc32(head.subarray(4));
  head.writeUInt32LE(crc, 0);
  return { buffers: [head], crc };
}

/**
 * Returns the fixed part of a record, or undefined when its lengths or its kind contradict each
 * other.
 */
export function decodeRecordHead(bytes: Buffer): RecordFrame | undefined {
  if (bytes.length < RECORD_HEAD_BYTES) return undefined;
  const kind = KINDS[bytes.readUInt8(32)];
  const bodyBytes = bytes.readUInt32LE(8);
  const idBytes = bytes.readUInt32LE(36);
  const errorBytes = bytes.readUInt32LE(40);
  if (kind === undefined || idBytes + errorBytes > bodyBytes) return undefined;
  return {
    crc: bytes.readUInt32LE(0),
    marker: bytes.readUInt32LE(4),
    bodyBytes,
    previous: bytes.readUInt32LE(12),
    synced: bytes.readUInt32LE(16),
    seq: readU64(bytes, 20),
    term: bytes.readUInt32LE(28),
    kind,
    idBytes,
    errorBytes,
  };
}

/** Returns whether `bytes`, a record from head to end, are undamaged. */
export function isWhole(bytes: Buffer, head: RecordFrame): boolean {
  return (
    bytes.length === RECORD_HEAD_BYTES + head.bodyBytes && crc32(bytes.subarray(4)) === head.crc
  );
}

/** Returns the operation id and the error message of a whole record. */
export function decodeTexts(
  bytes: Buffer,
  head: RecordFrame,
): { operationId: OperationId; outcome: Outcome } {
  const idEnd = RECORD_HEAD_BYTES + head.idBytes;
  const operationId = bytes.toString("utf8", RECORD_HEAD_BYTES, idEnd);
  if (head.kind !== "threw") return { operationId, outcome: { kind: "done" } };
  const error = bytes.toString("utf8", idEnd, idEnd + head.errorBytes);
  return { operationId, outcome: { kind: "threw", error } };
}

/** Returns the payload of a whole record: a view of `bytes`, not a copy. */
export function payloadOf(bytes: Buffer, head: RecordFrame): Uint8Array {
  return bytes.subarray(
    RECORD_HEAD_BYTES + head.idBytes + head.errorBytes,
    RECORD_HEAD_BYTES + head.bodyBytes,
  );
}

function errorOf(record: LogRecord): string {
  return record.outcome.kind === "threw" ? record.outcome.error : "";
}

interface HeadFields extends Position {
  readonly kind: (typeof KINDS)[number];
  readonly bodyBytes: number;
}

function writeHead(bytes: Buffer, link: RecordLink, fields: HeadFields): void {
  bytes.writeUInt32LE(link.marker, 4);
  bytes.writeUInt32LE(fields.bodyBytes, 8);
  bytes.writeUInt32LE(link.previous, 12);
  bytes.writeUInt32LE(link.synced, 16);
  writeU64(bytes, fields.seq, 20);
  bytes.writeUInt32LE(fields.term, 28);
  bytes.writeUInt8(KINDS.indexOf(fields.kind), 32);
}

function writeU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
