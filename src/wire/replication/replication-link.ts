import type { Cancellation } from "../cancellation.ts";
import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import type { MessageChannel } from "../message-channel.ts";

/** A message of `replication/` as plain JSON, and the payloads of its records, in their order. */
export interface ReplicationMessage {
  readonly message: unknown;
  readonly payloads: readonly Uint8Array[];
}

/** The link between a primary and a copy. Messages keep their order, both ways. */
export type ReplicationLink = MessageChannel<ReplicationMessage, ReplicationMessage>;

/** The side of a stateful worker. */
export interface ReplicationHandlers {
  /** Takes the link of a primary. Sets the listeners of the link before it returns. */
  attach(link: ReplicationLink): void;
  /**
   * Yields a snapshot. `request` is the request of the copy as plain JSON. A slow reader holds the
   * iteration back.
   */
  sendSnapshot(request: unknown, signal: Cancellation): AsyncIterable<SnapshotChunk>;
}
