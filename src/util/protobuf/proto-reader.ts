import { allocate } from "./allocate.ts";

/** The wire types of proto3 (https://protobuf.dev/programming-guides/encoding/). */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const UTF8 = new TextDecoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes UTF-8; invalid bytes become U+FFFD. Short ASCII texts, the common case, have a fast path.
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decodeAscii(bytes, start, end) ?? UTF8.decode(bytes.subarray(start, end));
}

/** Returns undefined for a long text and for bytes that are not ASCII. */
function decodeAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > 32) return undefined;
  let text = "";
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i]!;
    if (byte > 127) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/**
 * Reads a message field by field, without copies. `next()` steps to a field; then at most one
 * getter may read it. All reads are bounds-checked: malformed bytes throw `RangeError`.
 */
export class ProtoReader {
  readonly bytes: Uint8Array;
  /** The number of the current field. */
  field = 0;
  wireType = 0;
  /** The positions of the current record's tag, of its value, and of its end. */
  recordStart = 0;
  valueStart = 0;
  recordEnd = 0;
  readonly #limit: number;
  #position: number;
  #value = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#position = start;
    this.recordEnd = start;
    this.#limit = end;
  }

  /** Steps to the next field. Returns false at the end of the message. */
  next(): boolean {
    if (this.recordEnd >= this.#limit) return false;
    this.#position = this.recordEnd;
    this.recordStart = this.recordEnd;
    const tag = this.#readVarint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0 || tag > 0xffff_ffff)
      throw new RangeError("a field number is 0 or out of range");
    this.#enterValue();
    return true;
  }

  /**
   * Reads the current field as an unsigned number, which loses precision above 2^53. A negative
   * int32 or int64 is returned as its two's complement.
   */
  uint(): number {
    this.#expect(VARINT);
    return this.#value;
  }

  /** Reads the current field as int32. */
  int32(): number {
    this.#expect(VARINT);
    let value = 0;
    for (let i = 0; i < 5 && this.valueStart + i < this.recordEnd; i += 1) {
      value |= (this.bytes[this.valueStart + i]! & 0x7f) << (7 * i);
    }
    return value;
  }

  bool(): boolean {
    this.#expect(VARINT);
    return this.#value !== 0;
  }

  float(): number {
    this.#expect(FIXED32);
    return viewOf(this.bytes).getFloat32(this.valueStart, true);
  }

  double(): number {
    this.#expect(FIXED64);
    return viewOf(this.bytes).getFloat64(this.valueStart, true);
  }

  /** Returns a view of the current length-delimited field. */
  slice(): Uint8Array {
    this.#expect(BYTES);
    return this.bytes.subarray(this.valueStart, this.recordEnd);
  }

  string(): string {
    this.#expect(BYTES);
    return decodeUtf8(this.bytes, this.valueStart, this.recordEnd);
  }

  /**
   * Reads a text as `string` does, but throws `RangeError` for invalid UTF-8, as other protobuf
   * libraries do.
   */
  validString(): string {
    this.#expect(BYTES);
    const ascii = decodeAscii(this.bytes, this.valueStart, this.recordEnd);
    if (ascii !== undefined) return ascii;
    try {
      return STRICT_UTF8.decode(this.slice());
    } catch (cause) {
      throw new RangeError(`the text of field ${this.field} is not valid UTF-8`, { cause });
    }
  }

  /** Returns a reader of the message in the current field. */
  message(): ProtoReader {
    this.#expect(BYTES);
    return new ProtoReader(this.bytes, this.valueStart, this.recordEnd);
  }

  /** Returns a view of the current record, tag included. */
  record(): Uint8Array {
    return this.bytes.subarray(this.recordStart, this.recordEnd);
  }

  #enterValue(): void {
    this.valueStart = this.#position;
    switch (this.wireType) {
      case VARINT:
        this.#value = this.#readVarint();
        break;
      case FIXED64:
        this.#position += 8;
        break;
      case BYTES: {
        const length = this.#readVarint();
        this.valueStart = this.#position;
        this.#position += length;
        break;
      }
      case FIXED32:
        this.#position += 4;
        break;
      default:
        throw new RangeError(`wire type ${this.wireType} is not used in proto3`);
    }
    if (this.#position > this.#limit)
      throw new RangeError("a field extends past the end of its message");
    this.recordEnd = this.#position;
  }

  /** Reads a varint: the low seven bits first, at most ten bytes. */
  #readVarint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count += 1) {
      if (this.#position >= this.#limit)
        throw new RangeError("a number extends past the end of its message");
      const byte = this.bytes[this.#position]!;
      this.#position += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new RangeError("a number has more than ten bytes");
  }

  #expect(wireType: number): void {
    if (this.wireType !== wireType) {
      throw new RangeError(
        `field ${this.field} has wire type ${this.wireType} instead of ${wireType}`,
      );
    }
  }
}

/** Returns a `DataView` of the bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Concatenates `parts` to one array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = allocate(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
