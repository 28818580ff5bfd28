import type { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import type { FieldCodec } from "./field-codecs.ts";
import { translateRangeErrors } from "../../util/malformed.ts";

const WIDTH = 3;

/** The fields of one document, whatever form its bytes have. */
export interface DocumentFields {
  /** What it was made from. */
  readonly source: Uint8Array;
  get<T>(codec: FieldCodec<T>): T;
  set<T>(codec: FieldCodec<T>, value: T): void;
  /** Whether a field of a `oneof` is the one that counts. */
  holds(field: number, group: readonly number[]): boolean;
  /** Of a `oneof` a document has one field: setting it clears the others. */
  readonly isExclusive: boolean;
  /** The mask of the fields among `codecs` that must be written anew. */
  touched(codecs: readonly FieldCodec<unknown>[]): number;
  /** What stays of the source, and the fields of `mask`. */
  write(writer: ProtoWriter, codecs: readonly FieldCodec<unknown>[], mask: number): void;
}

/**
 * The fields of one message, decoded when asked for and written back as they stood while nobody
 * touched them. Numbers of known fields are below 32: they are bits of a mask.
 */
export class V1Fields implements DocumentFields {
  readonly isExclusive = true;
  readonly source: Uint8Array;
  /** Of each record of the source, in order: field number, start, end. */
  readonly #records: readonly number[];
  readonly #values: unknown[] = [];
  /**
   * Bit per field: its value is in `#values`; it was set; it was handed out and perhaps changed in
   * place.
   */
  #known = 0;
  #changed = 0;
  #lent = 0;

  /**
   * Keeps the bytes, which must not change. Throws `INVALID_ARGUMENT` where they are no message.
   */
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

  /** The one whose record in the source is the last, unless it was set. */
  holds(field: number, group: readonly number[]): boolean {
    return (this.#changed & (1 << field)) !== 0 || this.#lastOf(group) === field;
  }

  /** The mask of the fields among `codecs` that must be written anew. */
  touched(codecs: readonly FieldCodec<unknown>[]): number {
    let mask = this.#changed;
    for (const codec of codecs) {
      const bit = 1 << codec.field;
      if ((this.#lent & bit) !== 0 && (mask & bit) === 0 && this.#differs(codec)) mask |= bit;
    }
    return mask;
  }

  /**
   * The records of the source whose fields are not in `mask`, neighbours in one piece, then the
   * fields of `mask`.
   */
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

  /** The fields of `mask` alone. */
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
    if (this.#lastOf([codec.field]) === undefined) return !isNothing(value);
    return codec.same === undefined || !codec.same(value, this.#decode(codec));
  }
}

/** Whether a field is in a mask. */
export function isIn(mask: number, field: number): boolean {
  return field < 32 && (mask & (1 << field)) !== 0;
}

function isNothing(value: unknown): boolean {
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
