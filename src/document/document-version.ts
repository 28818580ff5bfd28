import { BYTES, ProtoReader } from "../util/protobuf/proto-reader.ts";

/** 1: Jina's `DocumentProto`. 2: docarray 2's `DocProto`. */
export type DocumentVersion = 1 | 2;

/**
 * Which form of a document these bytes are: in version 1 field 1 is the id, in version 2 it is a
 * map from field names to values and the only field. An id that reads as such a map entry to the
 * byte is not seen in practice. Throws `RangeError` for malformed bytes.
 */
export function documentVersionOf(bytes: Uint8Array): DocumentVersion {
  const reader = new ProtoReader(bytes);
  if (!reader.next() || reader.field !== 1 || reader.wireType !== BYTES) return 1;
  return isMapEntry(reader.slice()) ? 2 : 1;
}

/**
 * A map entry as every protobuf library writes it: a key that is not empty, then a value, then the
 * end.
 */
function isMapEntry(bytes: Uint8Array): boolean {
  if (bytes.length < 5 || bytes[0] !== 0x0a) return false;
  const valueAt = 2 + bytes[1]!;
  if (bytes[1]! > 127 || bytes[valueAt] !== 0x12) return false;
  try {
    const entry = new ProtoReader(bytes, valueAt);
    return entry.next() && entry.recordEnd === bytes.length;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
