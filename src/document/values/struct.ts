import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { JflowError } from "../../util/errors.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { MAX_TAGS_LEVELS } from "../../util/limits/documents.ts";

/** Field numbers of `google.protobuf.Value`. */
const NULL = 1;
const NUMBER = 2;
const STRING = 3;
const BOOL = 4;
const STRUCT = 5;
const LIST = 6;

/**
 * Decodes a `google.protobuf.Struct`. Throws `INVALID_ARGUMENT` for malformed bytes or more than
 * 100 levels.
 */
export function decodeStruct(bytes: Uint8Array): Record<string, unknown> {
  return translateRangeErrors("a Struct", () => readStruct(new ProtoReader(bytes), 0));
}

/**
 * Encodes a plain object as a `google.protobuf.Struct`. Numbers become doubles, typed arrays become
 * lists, and `undefined` is left out. Throws `INVALID_ARGUMENT` for a value that JSON cannot hold.
 */
export function encodeStruct(value: Readonly<Record<string, unknown>>): Uint8Array {
  return encodeFields(value, 0);
}

/** Sets a key of a plain object. An assignment to the key `__proto__` would set the prototype. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else target[key] = value;
}

function readStruct(reader: ProtoReader, level: number): Record<string, unknown> {
  if (level > MAX_TAGS_LEVELS) throw new RangeError(`more than ${MAX_TAGS_LEVELS} levels`);
  const struct: Record<string, unknown> = {};
  while (reader.next()) {
    if (reader.field !== 1) continue;
    const entry = reader.message();
    let key = "";
    let value: unknown = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.string();
      else if (entry.field === 2) value = readValue(entry.message(), level);
    }
    setKey(struct, key, value);
  }
  return struct;
}

function readValue(reader: ProtoReader, level: number): unknown {
  let value: unknown = null;
  while (reader.next()) value = readKind(reader, value, level);
  return value;
}

function readKind(reader: ProtoReader, before: unknown, level: number): unknown {
  switch (reader.field) {
    case NULL:
      return null;
    case NUMBER:
      return reader.double();
    case STRING:
      return reader.string();
    case BOOL:
      return reader.bool();
    case STRUCT:
      return readStruct(reader.message(), level + 1);
    case LIST:
      return readList(reader.message(), level + 1);
    default:
      return before;
  }
}

function readList(reader: ProtoReader, level: number): unknown[] {
  if (level > MAX_TAGS_LEVELS) throw new RangeError(`more than ${MAX_TAGS_LEVELS} levels`);
  const list: unknown[] = [];
  while (reader.next()) {
    if (reader.field === 1) list.push(readValue(reader.message(), level));
  }
  return list;
}

function encodeFields(value: Readonly<Record<string, unknown>>, level: number): Uint8Array {
  checkLevel(level);
  const writer = new ProtoWriter(64);
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const entry = new ProtoWriter(64).putString(1, key).putBytes(2, encodeValue(item, level, key));
    writer.putBytes(1, entry.finish());
  }
  return writer.finish();
}

function encodeValue(value: unknown, level: number, key: string): Uint8Array {
  const writer = new ProtoWriter(32);
  switch (typeof value) {
    case "string":
      return writer.putString(STRING, value).finish();
    case "number":
      return writer.putDouble(NUMBER, value).finish();
    case "boolean":
      return writer.putUint(BOOL, value ? 1 : 0).finish();
    case "bigint":
      return writer.putDouble(NUMBER, Number(value)).finish();
    case "object":
      return encodeObject(value, level, key);
    case "undefined":
    case "symbol":
    case "function":
      break;
  }
  throw new JflowError(
    "INVALID_ARGUMENT",
    `"${key}" is a ${typeof value}: tags and parameters hold JSON values only`,
  );
}

function encodeObject(value: object | null, level: number, key: string): Uint8Array {
  const writer = new ProtoWriter(64);
  if (value === null || value === undefined) return writer.putUint(NULL, 0).finish();
  const list = asList(value);
  if (list) return writer.putBytes(LIST, encodeList(list, level + 1, key)).finish();
  if (value instanceof Date) return writer.putString(STRING, value.toJSON()).finish();
  return writer.putBytes(STRUCT, encodeFields({ ...value }, level + 1)).finish();
}

function asList(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
    ? [...(value as unknown as Iterable<number>)]
    : undefined;
}

function encodeList(items: readonly unknown[], level: number, key: string): Uint8Array {
  checkLevel(level);
  const writer = new ProtoWriter(64);
  for (const item of items) writer.putBytes(1, encodeValue(item ?? null, level, key));
  return writer.finish();
}

function checkLevel(level: number): void {
  if (level > MAX_TAGS_LEVELS)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `tags or parameters are nested more than ${MAX_TAGS_LEVELS} levels deep`,
    );
}
