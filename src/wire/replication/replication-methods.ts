import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { JflowError } from "../../util/errors.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { defineMethod } from "../grpc.ts";
import { parseJson, type ChannelCodec } from "../stream-channel.ts";
import type { ReplicationMessage } from "./replication-link.ts";

/** The service of a stateful worker for the other copies (`protos/jflow.proto`). */
export const REPLICATION = {
  link: defineMethod("/jflow.Replication/Link", "bidi"),
  fetchSnapshot: defineMethod("/jflow.Replication/FetchSnapshot", "server-stream"),
} satisfies ServiceDefinition;

/** The codec of a replication message: JSON and payloads. */
export const replicationCodec: ChannelCodec<ReplicationMessage, ReplicationMessage> = {
  encode({ message, payloads }) {
    const writer = new ProtoWriter(
      payloads.reduce((sum, payload) => sum + payload.length + 10, 256),
    );
    writer.putString(1, JSON.stringify(message));
    for (const payload of payloads) writer.putBytes(2, payload);
    return writer.finish();
  },
  decode: (bytes) => {
    const payloads: Uint8Array[] = [];
    const json = translateRangeErrors("a replication message", () => {
      const reader = new ProtoReader(bytes);
      let text = "null";
      while (reader.next()) {
        if (reader.field === 1) text = reader.string();
        else if (reader.field === 2) payloads.push(reader.slice());
      }
      return text;
    });
    return { message: parseJson(json), payloads };
  },
};

/** Encodes a piece of a snapshot. */
export function encodeChunk(chunk: SnapshotChunk): Uint8Array {
  return new ProtoWriter(chunk.bytes.length + chunk.file.length * 3 + 64)
    .putString(1, chunk.file)
    .uint(2, chunk.offset)
    .bytes(3, chunk.bytes)
    .finish();
}

/**
 * Decodes a piece of a snapshot. Throws `INVALID_ARGUMENT` for malformed bytes and for a path that
 * leaves the folder of the snapshot.
 */
export function decodeChunk(bytes: Uint8Array): SnapshotChunk {
  const chunk = translateRangeErrors("a piece of a snapshot", () => {
    const reader = new ProtoReader(bytes);
    let file = "";
    let offset = 0;
    let content: Uint8Array = new Uint8Array(0);
    while (reader.next()) {
      if (reader.field === 1) file = reader.string();
      else if (reader.field === 2) offset = reader.uint();
      else if (reader.field === 3) content = reader.slice();
    }
    return { file, offset, bytes: content };
  });
  if (!isInside(chunk.file))
    throw new JflowError("INVALID_ARGUMENT", `"${chunk.file}" is not a path inside a snapshot`);
  return chunk;
}

function isInside(file: string): boolean {
  return (
    !file.includes("\\") &&
    !file.includes("\0") &&
    file.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}
