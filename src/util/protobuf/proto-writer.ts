import { allocate } from "./allocate.ts";
import { BYTES, FIXED32, FIXED64, VARINT, viewOf } from "./proto-reader.ts";

const ENCODER = new TextEncoder();
/** Request ids and names of endpoints and deployments. */
const MAX_SHORT_TEXT = 64;

/**
 * Writes a message front to back into one growing buffer. The methods for a field leave out
 * proto3's default values, except those called `put...`.
 */
export class ProtoWriter {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = allocate(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Returns a view of the written bytes. The writer must not be used afterwards. */
  finish(): Uint8Array {
    const buffer = this.#buffer;
    return this.#length === buffer.length ? buffer : buffer.subarray(0, this.#length);
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  uint(field: number, value: number): this {
    return value === 0 ? this : this.putUint(field, value);
  }

  putUint(field: number, value: number): this {
    this.#tag(field, VARINT);
    return this.varint(value);
  }

  /** Writes an int32. A negative number takes ten bytes, as in every protobuf library. */
  putInt32(field: number, value: number): this {
    if (value >= 0) return this.putUint(field, value);
    this.#tag(field, VARINT);
    this.reserve(10);
    let rest = value;
    for (let count = 0; count < 9; count += 1) {
      this.#buffer[this.#length] = (rest & 0x7f) | 0x80;
      this.#length += 1;
      rest >>= 7;
    }
    return this.varint(1);
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0);
  }

  float(field: number, value: number): this {
    if (Object.is(value, 0)) return this;
    this.#tag(field, FIXED32);
    this.reserve(4);
    viewOf(this.#buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  putDouble(field: number, value: number): this {
    this.#tag(field, FIXED64);
    this.reserve(8);
    viewOf(this.#buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  string(field: number, value: string): this {
    return value === "" ? this : this.putString(field, value);
  }

  putString(field: number, value: string): this {
    const start = this.#length;
    if (value.length <= MAX_SHORT_TEXT) {
      this.#tag(field, BYTES);
      this.varint(value.length);
      if (this.#ascii(value)) return this;
      this.#length = start;
    }
    return this.putBytes(field, ENCODER.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.putBytes(field, value);
  }

  /** Writes bytes or an encoded message, empty or not. */
  putBytes(field: number, value: Uint8Array): this {
    this.#tag(field, BYTES);
    this.varint(value.length);
    return this.raw(value);
  }

  /** Writes a whole number from 0 to 2^53. */
  varint(value: number): this {
    this.reserve(value < 128 ? 1 : varintLength(value));
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#length] = (rest % 128) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length] = rest;
    this.#length += 1;
    return this;
  }

  /** Writes ASCII without the encoder, which costs more than a short text. Else returns false. */
  #ascii(value: string): boolean {
    this.reserve(value.length);
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at);
      if (code > 127) return false;
      this.#buffer[this.#length + at] = code;
    }
    this.#length += value.length;
    return true;
  }

  #tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Reserves `count` more bytes, so that the buffer does not grow step by step. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = allocate(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** Returns the length of a whole number as a varint, in bytes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length += 1;
  return length;
}
