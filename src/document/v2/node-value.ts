import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { setKey } from "../values/struct.ts";
import { NODE } from "./node.ts";
import { MAX_NODE_LEVELS } from "../../util/limits/documents.ts";

/**
 * Reads a map from names to nodes: a `DocProto`, or the content of a dict node. The last entry of a
 * name wins. Throws `RangeError` for malformed bytes.
 */
export function readNodeMap(bytes: Uint8Array): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) continue;
    const entry = reader.message();
    let name = "";
    let node = bytes.subarray(0, 0);
    while (entry.next()) {
      if (entry.field === 1) name = entry.string();
      else if (entry.field === 2) node = entry.slice();
    }
    entries.set(name, node);
  }
  return entries;
}

/**
 * Returns the JSON value of a node. An empty node is null; an array, bytes and documents, which
 * have no plain JSON value, are undefined. Throws `RangeError` for malformed bytes or more than 100
 * levels.
 */
export function readNodeValue(node: Uint8Array, level = 0): unknown {
  if (level > MAX_NODE_LEVELS) throw new RangeError(`more than ${MAX_NODE_LEVELS} levels`);
  let value: unknown = null;
  const reader = new ProtoReader(node);
  while (reader.next()) {
    if (reader.field !== NODE.type) value = readContent(reader, level);
  }
  return value;
}

/**
 * Returns the slices of a message's repeated field 1: the items of a list node, or the documents of
 * a documents node.
 */
export function readItems(bytes: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field === 1) items.push(reader.slice());
  }
  return items;
}

/** Returns the bytes of a node's content if its field is one of `kinds`. */
export function contentOf(node: Uint8Array, ...kinds: readonly number[]): Uint8Array | undefined {
  let content: Uint8Array | undefined;
  const reader = new ProtoReader(node);
  while (reader.next()) {
    if (kinds.includes(reader.field)) content = reader.slice();
  }
  return content;
}

function readContent(reader: ProtoReader, level: number): unknown {
  switch (reader.field) {
    case NODE.text:
      return reader.string();
    case NODE.integer:
      return reader.int32();
    case NODE.float:
      return reader.double();
    case NODE.boolean:
      return reader.bool();
    case NODE.list:
    case NODE.set:
    case NODE.tuple:
      return readItems(reader.slice()).map((item) => readNodeValue(item, level + 1));
    case NODE.dict:
      return readDict(reader.slice(), level + 1);
    default:
      return undefined;
  }
}

function readDict(bytes: Uint8Array, level: number): Record<string, unknown> {
  const dict: Record<string, unknown> = {};
  for (const [name, node] of readNodeMap(bytes)) {
    const value = readNodeValue(node, level);
    if (value !== undefined) setKey(dict, name, value);
  }
  return dict;
}
