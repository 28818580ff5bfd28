import { chmod, rm } from "node:fs/promises";
import {
  ServerCredentials,
  type Server,
  type sendUnaryData,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import type {
  ChildCommand,
  ChildReport,
  ControlAnswer,
  ControlRequest,
  FlowEvent,
  WatchRequest,
} from "../../model/control/messages.ts";
import type { Topology } from "../../model/topology.ts";
import { bindServer, makeServer, stopServer, type ServerStream } from "../grpc.ts";
import type { MessageChannel } from "../message-channel.ts";
import { hasCode } from "../../util/error-code.ts";
import { respond } from "../status.ts";
import { channelOfServer, decodeJson, encodeJson, jsonCodec } from "../stream-channel.ts";
import { CONTROL, socketAddress } from "./control-methods.ts";
import { MAX_CONTROL_MESSAGE_BYTES } from "../../util/limits/processes.ts";

/** The supervisor's end of the channel to one child. The first message is `register`. */
export type ChildChannel = MessageChannel<ChildCommand, ChildReport>;
/** The supervisor's end of the channel to a gateway. */
export type FollowerChannel = MessageChannel<Topology, never>;
/** The supervisor's end of the channel to a watching CLI. */
export type WatcherChannel = MessageChannel<FlowEvent, WatchRequest>;

/**
 * The supervisor's side of `jflow.Control`. Each handler of a channel sets its listeners before it
 * returns.
 */
export interface ControlHandlers {
  register(child: ChildChannel): void;
  follow(follower: FollowerChannel): void;
  ask(request: ControlRequest): Promise<ControlAnswer>;
  watch(watcher: WatcherChannel): void;
}

/** How long a stream may take to end after the server has ended it. */
const CLOSE_GRACE_MS = 500;

/** Serves `jflow.Control` on a Unix socket. */
export class ControlServer {
  readonly #socketPath: string;
  readonly #server: Server = makeServer(MAX_CONTROL_MESSAGE_BYTES);
  readonly #channels = new Set<{ close(): void }>();

  private constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /**
   * Listens on a Unix socket, mode 0600. Rejects with `INVALID_ARGUMENT` for a path that is too
   * long, and with `ALREADY_EXISTS` if the socket is taken. The caller removes a stale socket file.
   * The folder should belong to the user alone: the mode is set once the socket exists.
   */
  static async listen(socketPath: string, handlers: ControlHandlers): Promise<ControlServer> {
    const address = socketAddress(socketPath);
    const server = new ControlServer(socketPath);
    server.#serve(handlers);
    await bindServer(server.#server, address, ServerCredentials.createInsecure());
    await chmod(socketPath, 0o600);
    return server;
  }

  /** Ends all streams and removes the socket. */
  async close(): Promise<void> {
    for (const channel of this.#channels) channel.close();
    await stopServer(this.#server, CLOSE_GRACE_MS);
    await rm(this.#socketPath, { force: true }).catch((error: unknown) => {
      // The system has removed the folder, and a file or a folder of another user follows.
      if (!hasCode(error, "ENOTDIR", "EACCES")) throw error;
    });
  }

  #serve(handlers: ControlHandlers): void {
    this.#server.addService(CONTROL, {
      register: (stream: ServerStream) => handlers.register(this.#hold(stream)),
      follow: (stream: ServerStream) => handlers.follow(this.#hold(stream)),
      watch: (stream: ServerStream) => handlers.watch(this.#hold(stream)),
      ask: (call: ServerUnaryCall<Uint8Array, Uint8Array>, callback: sendUnaryData<Uint8Array>) => {
        void respond(answer(handlers, call.request), callback);
      },
    });
  }

  /** A channel that `close` ends. */
  #hold<Out, In>(stream: ServerStream): MessageChannel<Out, In> {
    const channel = channelOfServer<Out, In>(stream, jsonCodec());
    this.#channels.add(channel);
    channel.onClosed(() => this.#channels.delete(channel));
    return channel;
  }
}

async function answer(handlers: ControlHandlers, request: Uint8Array): Promise<Uint8Array> {
  return encodeJson(await handlers.ask(decodeJson(request) as ControlRequest));
}
