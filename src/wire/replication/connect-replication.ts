import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import { Client, credentials } from "@grpc/grpc-js";
import { channelOptions, closeClientAfter } from "../grpc.ts";
import { fromGrpcError } from "../status.ts";
import { channelOfClient, encodeJson } from "../stream-channel.ts";
import type { ReplicationLink } from "./replication-link.ts";
import { decodeChunk, REPLICATION, replicationCodec } from "./replication-methods.ts";
import { MAX_REPLICATION_MESSAGE_BYTES } from "../../util/limits/shards.ts";

/**
 * Opens the link of a primary to a copy at `host:port`. `onClosed` receives an error when no worker
 * answers or the copy is lost.
 */
export function connectReplication(target: string): ReplicationLink {
  const client = connect(target);
  const { path, requestSerialize, responseDeserialize } = REPLICATION.link;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  closeClientAfter(client, [stream]);
  return channelOfClient(stream, replicationCodec, target);
}

/**
 * Fetches a snapshot of the worker at `host:port`. A slow reader holds the sender back. Throws
 * `UNAVAILABLE` if the worker is lost, `CANCELLED` if `signal` aborts, else the error of the other
 * side.
 */
export async function* fetchSnapshot(
  target: string,
  request: unknown,
  signal: AbortSignal,
): AsyncIterable<SnapshotChunk> {
  const client = connect(target);
  const { path, requestSerialize, responseDeserialize } = REPLICATION.fetchSnapshot;
  const stream = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    encodeJson(request),
  );
  const cancel = (): void => stream.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    for await (const bytes of stream as AsyncIterable<Uint8Array>) yield decodeChunk(bytes);
  } catch (error) {
    throw fromGrpcError(error, target);
  } finally {
    signal.removeEventListener("abort", cancel);
    stream.cancel();
    client.close();
  }
}

function connect(target: string): Client {
  return new Client(
    target,
    credentials.createInsecure(),
    channelOptions(MAX_REPLICATION_MESSAGE_BYTES),
  );
}
