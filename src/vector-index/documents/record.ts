import { crc32 } from "node:zlib";
import { packZeros, unpackZeros } from "../../util/bytes/zero-runs.ts";

// A record: CRC-32 of all that follows (u32), length of the id in bytes (u32), length of the
// document (u32), id (UTF-8), document. The highest bit of the third number says that the document
// is packed.
const HEAD_BYTES = 12;
const PACKED = 0x8000_0000;

/** The parts of a record, to be written one after the other. */
export function encodeRecord(
  id: string,
  bytes: Uint8Array,
): readonly [head: Buffer, bytes: Uint8Array] {
  const packed = packZeros(bytes);
  const content = packed ?? bytes;
  const idLength = Buffer.byteLength(id);
  const head = Buffer.allocUnsafe(HEAD_BYTES + idLength);
  head.writeUInt32LE(idLength, 4);
  head.writeUInt32LE(content.length + (packed === undefined ? 0 : PACKED), 8);
  head.write(id, HEAD_BYTES);
  head.writeUInt32LE(crc32(content, crc32(head.subarray(4))), 0);
  return [head, content];
}

/** A record as read; `length` is that of the whole record in bytes. */
export interface StoredRecord {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** The record at the start of `buffer`: undefined if it is damaged or not all there. */
export function decodeRecord(buffer: Buffer): StoredRecord | undefined {
  const length = recordLength(buffer);
  if (length === undefined || length > buffer.length) return undefined;
  if (crc32(buffer.subarray(4, length)) !== buffer.readUInt32LE(0)) return undefined;
  const bytesAt = HEAD_BYTES + buffer.readUInt32LE(4);
  const content = buffer.subarray(bytesAt, length);
  const isPacked = buffer.readUInt32LE(8) >= PACKED;
  return {
    id: buffer.toString("utf8", HEAD_BYTES, bytesAt),
    bytes: isPacked ? unpackZeros(content) : content,
    length,
  };
}

/**
 * How long the record at the start of `buffer` is by its head: undefined if the head is not all
 * there.
 */
export function recordLength(buffer: Buffer): number | undefined {
  if (buffer.length < HEAD_BYTES) return undefined;
  return HEAD_BYTES + buffer.readUInt32LE(4) + (buffer.readUInt32LE(8) % PACKED);
}
