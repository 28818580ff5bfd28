import { BYTES, ProtoReader } from "../../util/protobuf/proto-reader.ts";

/**
 * docarray's two formats of a document. v1 is `DocumentProto` of the package's versions before 0.30
 * (https://github.com/docarray/docarray/blob/v0.21.0/docarray/proto/docarray.proto); v2 is
 * `DocProto` of later versions
 * (https://github.com/docarray/docarray/blob/v0.40.0/docarray/proto/docarray.proto).
 */
export type DocumentFormat = "v1" | "v2";

/**
 * Returns the format of an encoded document. In docarray v1, field 1 is the id. In docarray v2,
 * field 1 is a map from field names to values, and the only field. An id whose bytes form such a
 * map entry is not expected in practice. Throws `RangeError` for malformed bytes.
 */
export function documentFormatOf(bytes: Uint8Array): DocumentFormat {
  const reader = new ProtoReader(bytes);
  if (!reader.next() || reader.field !== 1 || reader.wireType !== BYTES) return "v1";
  return isMapEntry(reader.slice()) ? "v2" : "v1";
}

/**
 * Returns whether the bytes are a map entry: a key that is not empty, then a value, then the end.
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
