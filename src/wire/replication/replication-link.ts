import type { SnapshotChunk } from "../../model/snapshot.ts";
import type { MessageChannel } from "../message-channel.ts";

/**
 * A message of `replication/` (plain JSON) and the payloads of the records it speaks of, in their
 * order.
 */
export interface ReplicationMessage {
  readonly message: unknown;
  readonly payloads: readonly Uint8Array[];
}

/** One primary and one copy; first in, first out, both ways. */
export type ReplicationLink = MessageChannel<ReplicationMessage, ReplicationMessage>;

/** A stateful worker's side. */
export interface ReplicationHandlers {
  /** A primary has connected; set the link's listeners before returning. */
  attach(link: ReplicationLink): void;
  /**
   * Hands out a snapshot; `request` is what the copy asked for (plain JSON). Slow readers hold the
   * iteration back.
   */
  sendSnapshot(request: unknown, signal: AbortSignal): AsyncIterable<SnapshotChunk>;
}
