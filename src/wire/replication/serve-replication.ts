import type { Server, ServerWritableStream } from "@grpc/grpc-js";
import { CallSignal } from "../call-signal.ts";
import { toGrpcStatus } from "../status.ts";
import type { ServerStream } from "../grpc.ts";
import { channelOfServer, decodeJson } from "../stream-channel.ts";
import type { ReplicationHandlers, ReplicationLink } from "./replication-link.ts";
import { encodeChunk, REPLICATION, replicationCodec } from "./replication-methods.ts";

type SnapshotStream = ServerWritableStream<Uint8Array, Uint8Array>;

/** Adds the replication service to the server of a worker. `close` ends the links. */
export function addReplication(server: Server, handlers: ReplicationHandlers): { close(): void } {
  const links = new Set<ReplicationLink>();
  server.addService(REPLICATION, {
    link: (stream: ServerStream) => {
      const link = channelOfServer(stream, replicationCodec);
      links.add(link);
      link.onClosed(() => links.delete(link));
      handlers.attach(link);
    },
    fetchSnapshot: (stream: SnapshotStream) => void sendSnapshot(stream, handlers),
  });
  return {
    close() {
      for (const link of links) link.close();
    },
  };
}

async function sendSnapshot(stream: SnapshotStream, handlers: ReplicationHandlers): Promise<void> {
  const call = new CallSignal();
  for (const event of ["cancelled", "error"])
    stream.on(event, () => call.abort("CANCELLED", "the copy that fetches the snapshot is gone"));
  try {
    for await (const chunk of handlers.sendSnapshot(decodeJson(stream.request), call)) {
      if (call.aborted) return;
      if (!stream.write(encodeChunk(chunk))) await drained(stream);
    }
    stream.end();
  } catch (error) {
    if (!call.aborted) stream.emit("error", toGrpcStatus(error));
  }
}

/** Resolves when the stream takes more or has ended. The loop then sees the abort. */
async function drained(stream: SnapshotStream): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "cancelled", "close"]) stream.off(event, done);
      resolve();
    };
    for (const event of ["drain", "cancelled", "close"]) stream.on(event, done);
  });
}
