/** A shorter run of zeros is copied as it is. */
const MIN_RUN = 8;
const HEAD_BYTES = 4;
/** The bytes of two lengths. */
const MAX_LENGTHS = 10;

/**
 * Returns bytes with their runs of zeros left out, or undefined unless that halves them at least.
 * Sparse vectors in dense form are mostly zeros. Packed bytes are the length (u32, little endian),
 * then parts: the length of copied bytes and of zeros (varints), and the copied bytes.
 */
export function packZeros(bytes: Uint8Array): Buffer | undefined {
  const half = bytes.length >> 1;
  const packed = Buffer.allocUnsafe(half);
  let at = HEAD_BYTES;
  let from = 0;
  while (from < bytes.length) {
    const { start, end } = findRun(bytes, from);
    if (at + MAX_LENGTHS + start - from > half) return undefined;
    at = writeVarint(packed, at, start - from);
    at = writeVarint(packed, at, end - start);
    packed.set(bytes.subarray(from, start), at);
    at += start - from;
    from = end;
  }
  if (at > half) return undefined;
  packed.writeUInt32LE(bytes.length);
  return packed.subarray(0, at);
}

/** Returns the bytes that `packZeros` packed. Throws `RangeError` for any other bytes. */
export function unpackZeros(packed: Uint8Array): Buffer {
  const source = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const bytes = Buffer.alloc(source.readUInt32LE());
  let [at, to] = [HEAD_BYTES, 0];
  while (to < bytes.length) {
    const copied = readVarint(source, at);
    const zeros = readVarint(source, copied.end);
    at = zeros.end + copied.value;
    if (at > source.length || to + copied.value + zeros.value > bytes.length)
      throw new RangeError("the packed bytes are longer than they state");
    bytes.set(source.subarray(zeros.end, at), to);
    to += copied.value + zeros.value;
  }
  return bytes;
}

/** Returns the next run of zeros, or an empty one at the end of the bytes. */
function findRun(bytes: Uint8Array, from: number): { start: number; end: number } {
  for (let start = bytes.indexOf(0, from); start >= 0;) {
    let end = start + 1;
    while (end < bytes.length && bytes[end] === 0) end += 1;
    if (end - start >= MIN_RUN) return { start, end };
    start = bytes.indexOf(0, end);
  }
  return { start: bytes.length, end: bytes.length };
}

function writeVarint(target: Buffer, at: number, value: number): number {
  let [rest, end] = [value, at];
  for (; rest > 0x7f; rest >>>= 7) target[end++] = (rest & 0x7f) | 0x80;
  target[end++] = rest;
  return end;
}

function readVarint(source: Buffer, at: number): { value: number; end: number } {
  let [value, end] = [0, at];
  for (let shift = 0; end < source.length && shift < 35; shift += 7) {
    const byte = source[end++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end };
  }
  throw new RangeError("the packed bytes end too early");
}
