import type { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import type { FieldCodec } from "./field-codecs.ts";
import { translateRangeErrors } from "../../util/malformed.ts";

const WIDTH = 3;

/** The fields of one document, in either docarray format. */
export interface DocumentFields {
  /** The bytes that the document was decoded from. */
  readonly source: Uint8Array;
  get<T>(codec: FieldCodec<T>): T;
  set<T>(codec: FieldCodec<T>, value: T): void;
  /** Returns whether `field` is the set field of a `oneof`. */
  holds(field: number, group: readonly number[]): boolean;
  /** Whether setting one field of a `oneof` clears the others. */
  readonly isExclusive: boolean;
  /** Returns the mask of the changed fields among `codecs`. */
  touched(codecs: readonly FieldCodec<unknown>[]): number;
  /** Writes the source without the fields of `mask`, then the fields of `mask`. */
  write(writer: ProtoWriter, codecs: readonly FieldCodec<unknown>[], mask: number): void;
}

/**
 * The fields of one docarray v1 document. A field is decoded on first access; unchanged fields are
 * written back byte for byte. Field numbers are below 32, so that they fit a bit mask.
 */
export class V1Fields implements DocumentFields {
  readonly isExclusive = true;
  readonly source: Uint8Array;
  /** Three numbers for each record of the source, in order: field number, start, end. */
  readonly #records: readonly number[];
  readonly #values: unknown[] = [];
  /**
   * One bit per field. Known: its value is in `#values`. Changed: it was set. Lent: its value was
   * read and may have been changed in place.
   */
  #known = 0;
  #changed = 0;
  #lent = 0;

  /** Keeps the bytes, which must not change. Throws `INVALID_ARGUMENT` for malformed bytes. */
  constructor(source: Uint8Array) {
    this.source = source;
    this.#records =
      source.length === 0 ? [] : translateRangeErrors("a document", () => indexRecords(source));
  }

  get<T>(codec: FieldCodec<T>): T {
    const bit = 1 << codec.field;
    if ((this.#known & bit) === 0) {
      this.#values[codec.field] = this.#decode(codec);
      this.#known |= bit;
      if (codec.mutable) this.#lent |= bit;
    }
    return this.#values[codec.field] as T;
  }

  set<T>(codec: FieldCodec<T>, value: T): void {
    const bit = 1 << codec.field;
    this.#values[codec.field] = value;
    this.#known |= bit;
    this.#changed |= bit;
  }

  /** A field that was set, else the field whose record is the last in the source. */
  holds(field: number, group: readonly number[]): boolean {
    return (this.#changed & (1 << field)) !== 0 || this.#lastOf(group) === field;
  }

  touched(codecs: readonly FieldCodec<unknown>[]): number {
    let mask = this.#changed;
    for (const codec of codecs) {
      const bit = 1 << codec.field;
      if ((this.#lent & bit) !== 0 && (mask & bit) === 0 && this.#differs(codec)) mask |= bit;
    }
    return mask;
  }

  /** Writes adjacent unchanged records in one piece. */
  write(writer: ProtoWriter, codecs: readonly FieldCodec<unknown>[], mask: number): void {
    let start = 0;
    for (let i = 0; i < this.#records.length; i += WIDTH) {
      if (!isIn(mask, this.#records[i]!)) continue;
      writer.raw(this.source.subarray(start, this.#records[i + 1]));
      start = this.#records[i + 2]!;
    }
    writer.raw(this.source.subarray(start));
    this.writeValues(writer, codecs, mask);
  }

  /** Writes the fields of `mask` only. */
  writeValues(writer: ProtoWriter, codecs: readonly FieldCodec<unknown>[], mask: number): void {
    for (const codec of codecs) {
      if (isIn(mask, codec.field)) codec.write(writer, this.#values[codec.field]);
    }
  }

  #lastOf(fields: readonly number[]): number | undefined {
    for (let i = this.#records.length - WIDTH; i >= 0; i -= WIDTH) {
      if (fields.includes(this.#records[i]!)) return this.#records[i];
    }
    return undefined;
  }

  #decode<T>(codec: FieldCodec<T>): T {
    let value = codec.empty();
    for (let i = 0; i < this.#records.length; i += WIDTH) {
      if (this.#records[i] !== codec.field) continue;
      const reader = new ProtoReader(this.source, this.#records[i + 1], this.#records[i + 2]);
      value = translateRangeErrors("a document", () => {
        reader.next();
        return codec.fold(value, reader);
      });
    }
    return value;
  }

  #differs(codec: FieldCodec<unknown>): boolean {
    const value = this.#values[codec.field];
    if (this.#lastOf([codec.field]) === undefined) return !isEmpty(value);
    return codec.same === undefined || !codec.same(value, this.#decode(codec));
  }
}

/** Returns whether a field is in a mask. */
export function isIn(mask: number, field: number): boolean {
  return field < 32 && (mask & (1 << field)) !== 0;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (ArrayBuffer.isView(value)) return value.byteLength === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function indexRecords(bytes: Uint8Array): number[] {
  const records: number[] = [];
  const reader = new ProtoReader(bytes);
  while (reader.next()) records.push(reader.field, reader.recordStart, reader.recordEnd);
  return records;
}
