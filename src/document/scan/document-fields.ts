import { encodeNodeMap, NODE } from "../v2/node.ts";
import { BYTES, FIXED32, FIXED64, ProtoReader, VARINT } from "../../util/protobuf/proto-reader.ts";

const EMPTY = new Uint8Array(0);

/** Returns whether the current record holds proto3's default value or an empty message. */
export function isEmptyRecord(reader: ProtoReader): boolean {
  switch (reader.wireType) {
    case VARINT:
      return reader.uint() === 0;
    case FIXED32:
      return reader.float() === 0;
    case FIXED64:
      return reader.double() === 0;
    default:
      return reader.slice().length === 0;
  }
}

/** Returns whether the content of a `NodeProto` is absent or empty, apart from its type name. */
export function isEmptyNode(node: Uint8Array): boolean {
  const reader = new ProtoReader(node);
  while (reader.next()) {
    if (reader.field !== NODE.type && !isEmptyRecord(reader)) return false;
  }
  return true;
}

/** Returns the text of a text node, or a number as text; `""` for any other `NodeProto`. */
export function readNodeText(node: Uint8Array): string {
  const reader = new ProtoReader(node);
  let text = "";
  while (reader.next()) {
    if (reader.field === NODE.text) text = reader.string();
    else if (reader.field === NODE.integer) text = String(reader.int32());
    else if (reader.field === NODE.float) text = String(reader.double());
  }
  return text;
}

/** Returns the documents of a documents node. */
export function readNodeDocuments(node: Uint8Array): Uint8Array[] {
  return slicesOf(node, NODE.documents).flatMap((list) => slicesOf(list, 1));
}

/** Returns the node under `name` in a docarray v2 document or in the content of a dict node. */
export function findNode(map: Uint8Array, name: string): Uint8Array {
  const reader = new ProtoReader(map);
  while (reader.next()) {
    if (reader.field === 1 && entryKey(reader.message()) === name)
      return entryValue(reader.message());
  }
  return EMPTY;
}

/** Encodes the record of a docarray v2 document that holds `node` under `name`. */
export function encodeNamedNode(name: string, node: Uint8Array): Uint8Array {
  return encodeNodeMap([[name, node]]);
}

/** Reads the key of a map entry. */
export function entryKey(entry: ProtoReader): string {
  while (entry.next()) {
    if (entry.field === 1) return entry.string();
  }
  return "";
}

/** Reads the bytes of a map entry's value. */
export function entryValue(entry: ProtoReader): Uint8Array {
  while (entry.next()) {
    if (entry.field === 2) return entry.slice();
  }
  return EMPTY;
}

/** Returns the values of all records of a length-delimited field. */
export function slicesOf(bytes: Uint8Array, field: number): Uint8Array[] {
  const slices: Uint8Array[] = [];
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field === field && reader.wireType === BYTES) slices.push(reader.slice());
  }
  return slices;
}
