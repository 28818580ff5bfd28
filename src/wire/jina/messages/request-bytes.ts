import { translateRangeErrors } from "../../../util/malformed.ts";
import { BYTES, ProtoReader } from "../../../util/protobuf/proto-reader.ts";
import { ProtoWriter, varintLength } from "../../../util/protobuf/proto-writer.ts";
import type { RequestContent } from "./request-content.ts";

/** Field numbers of `DataRequestProto`, which are also those of `SingleDocumentRequestProto`. */
const FIELD = { header: 1, parameters: 2, routes: 3, data: 4 } as const;

/** One record of the outermost level of a request: its place, tag included, and its value. */
interface RequestRecord {
  readonly field: number;
  readonly start: number;
  readonly end: number;
  /** Undefined for a field that this version does not know. */
  readonly value: Uint8Array | undefined;
}

/** A request taken apart at its outermost level. Every value is a view, not a copy. */
export interface SplitRequest {
  readonly bytes: Uint8Array;
  readonly records: readonly RequestRecord[];
  /** The last value of a field that occurs several times. */
  readonly header: Uint8Array | undefined;
  readonly parameters: Uint8Array | undefined;
  readonly data: Uint8Array | undefined;
  readonly routes: readonly Uint8Array[];
}

/** The encoded parts that replace those of a request. */
export interface RequestParts {
  readonly header?: Uint8Array | undefined;
  readonly parameters?: Uint8Array | undefined;
  readonly routes?: readonly Uint8Array[] | undefined;
  readonly content?: RequestContent | undefined;
}

/** A request without any field. */
export const EMPTY_REQUEST: SplitRequest = {
  bytes: new Uint8Array(0),
  records: [],
  header: undefined,
  parameters: undefined,
  data: undefined,
  routes: [],
};

/** Throws `INVALID_ARGUMENT` if the bytes are not a `DataRequestProto`. */
export function splitRequest(bytes: Uint8Array): SplitRequest {
  return translateRangeErrors("DataRequestProto", () => {
    const records: RequestRecord[] = [];
    const routes: Uint8Array[] = [];
    const split: { -readonly [Key in keyof SplitRequest]: SplitRequest[Key] } = {
      ...EMPTY_REQUEST,
      bytes,
      records,
      routes,
    };
    const reader = new ProtoReader(bytes);
    while (reader.next()) {
      const { field, recordStart, recordEnd } = reader;
      const value = field <= FIELD.data ? reader.slice() : undefined;
      records.push({ field, start: recordStart, end: recordEnd, value });
      if (value === undefined) continue;
      if (field === FIELD.header) split.header = value;
      else if (field === FIELD.parameters) split.parameters = value;
      else if (field === FIELD.routes) routes.push(value);
      else split.data = value;
    }
    return split;
  });
}

/**
 * Writes the parts, then every record of the original that they do not replace, byte for byte. One
 * buffer of exactly the message's size is allocated, and every document is copied once.
 */
export function writeRequest(original: SplitRequest, parts: RequestParts): Uint8Array {
  const kept = original.records.filter(({ field }) => !isReplaced(field, parts));
  const writer = new ProtoWriter(lengthOf(parts, kept));
  if (parts.header) writer.putBytes(FIELD.header, parts.header);
  if (parts.parameters) writer.putBytes(FIELD.parameters, parts.parameters);
  for (const route of parts.routes ?? []) writer.putBytes(FIELD.routes, route);
  parts.content?.write(writer, FIELD.data);
  for (const { start, end } of kept) writer.raw(original.bytes.subarray(start, end));
  return writer.finish();
}

function isReplaced(field: number, parts: RequestParts): boolean {
  switch (field) {
    case FIELD.header:
      return parts.header !== undefined;
    case FIELD.parameters:
      return parts.parameters !== undefined;
    case FIELD.routes:
      return parts.routes !== undefined;
    case FIELD.data:
      return parts.content !== undefined;
    default:
      return false;
  }
}

function lengthOf(parts: RequestParts, kept: readonly RequestRecord[]): number {
  let length = parts.content?.recordLength ?? 0;
  if (parts.header) length += recordLength(parts.header.length);
  if (parts.parameters) length += recordLength(parts.parameters.length);
  for (const route of parts.routes ?? []) length += recordLength(route.length);
  for (const { start, end } of kept) length += end - start;
  return length;
}

/** The length of a length-delimited record whose tag takes one byte. */
export function recordLength(valueLength: number): number {
  return 1 + varintLength(valueLength) + valueLength;
}

/** Writes the tag and the length of a length-delimited record whose tag takes one byte. */
export function writeRecordHead(writer: ProtoWriter, field: number, valueLength: number): void {
  writer.varint(field * 8 + BYTES).varint(valueLength);
}
