import { chmod, rm } from "node:fs/promises";
import { ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import type {
  ChildCommand,
  ChildReport,
  ControlAnswer,
  ControlRequest,
  FlowEvent,
  WatchRequest,
} from "../../model/control.ts";
import type { Topology } from "../../model/topology.ts";
import { bindServer, makeServer, stopServer, type ServerStream } from "../grpc.ts";
import type { MessageChannel } from "../message-channel.ts";
import { respond } from "../status.ts";
import { channelOfServer, decodeJson, encodeJson, jsonCodec } from "../stream-channel.ts";
import { CONTROL, CONTROL_MESSAGE_BYTES, socketAddress } from "./control-methods.ts";

/** The supervisor's end of the way to one child; the first message is `register`. */
export type ChildChannel = MessageChannel<ChildCommand, ChildReport>;
/** The supervisor's end of the way to a gateway. */
export type FollowerChannel = MessageChannel<Topology, never>;
/** The supervisor's end of the way to a watching CLI. */
export type WatcherChannel = MessageChannel<FlowEvent, WatchRequest>;

/**
 * The supervisor's side of `jflow.Control`. Each takes its channel and sets the listeners before it
 * returns.
 */
export interface ControlHandlers {
  register(child: ChildChannel): void;
  follow(follower: FollowerChannel): void;
  ask(request: ControlRequest): Promise<ControlAnswer>;
  watch(watcher: WatcherChannel): void;
}

export interface ControlServer {
  /** Ends all streams and removes the socket. */
  close(): Promise<void>;
}

/** How long a stream that was ended may take to go away. */
const CLOSE_GRACE_MS = 500;

/**
 * Serves on a Unix socket, mode 0600. Rejects with `INVALID_ARGUMENT` for a path that is too long,
 * with `ALREADY_EXISTS` where the socket is taken (a stale socket file is the caller's to remove).
 * The folder should be the user's own: the mode is set once the socket is there.
 */
export async function serveControl(
  socketPath: string,
  handlers: ControlHandlers,
): Promise<ControlServer> {
  const address = socketAddress(socketPath);
  const server = makeServer(CONTROL_MESSAGE_BYTES);
  const channels = new Set<{ close(): void }>();
  const hold = <Out, In>(
    stream: ServerStream,
    take: (channel: MessageChannel<Out, In>) => void,
  ): void => {
    const channel = channelOfServer<Out, In>(stream, jsonCodec());
    channels.add(channel);
    channel.onClosed(() => channels.delete(channel));
    take(channel);
  };
  server.addService(CONTROL, {
    register: (stream: ServerStream) =>
      hold<ChildCommand, ChildReport>(stream, (child) => handlers.register(child)),
    follow: (stream: ServerStream) =>
      hold<Topology, never>(stream, (follower) => handlers.follow(follower)),
    watch: (stream: ServerStream) =>
      hold<FlowEvent, WatchRequest>(stream, (watcher) => handlers.watch(watcher)),
    ask: (call: ServerUnaryCall<Uint8Array, Uint8Array>, callback: sendUnaryData<Uint8Array>) => {
      void respond(answer(handlers, call.request), callback);
    },
  });
  await bindServer(server, address, ServerCredentials.createInsecure());
  await chmod(socketPath, 0o600);
  return {
    async close() {
      for (const channel of channels) channel.close();
      await stopServer(server, CLOSE_GRACE_MS);
      await rm(socketPath, { force: true });
    },
  };
}

async function answer(handlers: ControlHandlers, request: Uint8Array): Promise<Uint8Array> {
  return encodeJson(await handlers.ask(decodeJson(request) as ControlRequest));
}
