import { encodeDenseArray, type NdArray } from "../values/nd-array.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";

/** Field numbers of docarray v2's `NodeProto`, which holds the value of a field. */
export const NODE = {
  text: 1,
  integer: 2,
  float: 3,
  boolean: 4,
  blob: 5,
  array: 6,
  document: 7,
  documents: 8,
  list: 9,
  set: 10,
  tuple: 11,
  dict: 12,
  type: 13,
} as const;

/** The name under which docarray v2 registers numpy's arrays. */
const ARRAY_TYPE = "ndarray";

/** Encodes an array as a `NodeProto`. */
export function encodeArrayNode(array: NdArray): Uint8Array {
  return encodeDenseNode(encodeDenseArray(array));
}

/** Wraps a `DenseNdArrayProto`, which is the same in both formats, into a `NodeProto`. */
export function encodeDenseNode(dense: Uint8Array): Uint8Array {
  const content = new ProtoWriter(dense.length + 16).putBytes(1, dense).finish();
  return new ProtoWriter(content.length + 32)
    .putBytes(NODE.array, content)
    .putString(NODE.type, ARRAY_TYPE)
    .finish();
}

/** Encodes a map from names to nodes: a `DocProto`, or the content of a dict node. */
export function encodeNodeMap(
  entries: Iterable<readonly [name: string, node: Uint8Array]>,
): Uint8Array {
  const writer = new ProtoWriter(256);
  for (const [name, node] of entries) {
    writer.putBytes(
      1,
      new ProtoWriter(node.length + 32).putString(1, name).putBytes(2, node).finish(),
    );
  }
  return writer.finish();
}
