import type { ChildOrder, ChildReport, ControlAnswer, ControlRequest, FlowEvent } from "../../model/control.ts";
import type { Topology } from "../../model/topology.ts";
import type { MessageChannel } from "../message-channel.ts";

/** The supervisor's end of the way to one child; the first message is `attend`. */
export type ChildChannel = MessageChannel<ChildOrder, ChildReport>;
/** The supervisor's end of the way to a gateway. */
export type FollowerChannel = MessageChannel<Topology, never>;
/** The supervisor's end of the way to a watching CLI. */
export type WatcherChannel = MessageChannel<FlowEvent, never>;

/** The supervisor's side of `jflow.Control`. */
export interface ControlHandlers {
  attend(child: ChildChannel): void;
  follow(follower: FollowerChannel): void;
  ask(request: ControlRequest): Promise<ControlAnswer>;
  watch(watcher: WatcherChannel): void;
}

export interface ControlServer {
  /** Ends all streams and removes the socket. */
  close(): Promise<void>;
}

/** The longest path of a Unix socket that is taken, in bytes: longer ones are cut in silence by some systems. */
export declare const MAX_SOCKET_PATH_BYTES: number;

/**
 * Serves on a Unix socket, mode 0600. Rejects with `INVALID_ARGUMENT` for a path that is too long, with `ALREADY_EXISTS` where the socket is
 * taken (a stale socket file is the caller's to remove).
 */
export declare function serveControl(socketPath: string, handlers: ControlHandlers): Promise<ControlServer>;
