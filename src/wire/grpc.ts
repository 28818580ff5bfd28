import type { Http2Server, ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import {
  Server,
  ServerInterceptingCall,
  status,
  logVerbosity,
  setLogVerbosity,
  type Client,
  type ClientDuplexStream,
  type ChannelOptions,
  type MethodDefinition,
  type Metadata,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerInterceptor,
  type ServerOptions,
} from "@grpc/grpc-js";
import { JflowError } from "../util/errors.ts";
import { watchTermination } from "./terminated-sessions.ts";
import { requestTooLarge } from "./message-size.ts";
import { toGrpcStatus } from "./status.ts";
import { MAX_METADATA_BYTES, MESSAGE_OVERHEAD_BYTES } from "../util/limits/requests.ts";

// grpc-js logs to stderr. The same failures reach jflow as errors, which it reports itself.
setLogVerbosity(logVerbosity.NONE);

export type ServerStream = ServerDuplexStream<Uint8Array, Uint8Array>;
export type ClientStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/**
 * HTTP/2 windows. Node's default of 64 KB costs a third of the rate of messages of 100 KB. A window
 * must fit into the socket buffers of both ends: Node does not read from a connection while it
 * waits for a write to it. Two ends that wait for each other would block for good
 * (https://github.com/nodejs/node/blob/v20.19.0/src/node_http2.cc, `OnDataChunkReceived`).
 */
const WINDOW_BYTES = 512 * 1024;

/** How long an ended stream may take to close before it is cancelled. */
const LINGER_MS = 2000;

/** The four kinds of gRPC methods (https://grpc.io/docs/what-is-grpc/core-concepts/). */
export type MethodKind = "unary" | "client-stream" | "server-stream" | "bidi";

/** Defines a method on bytes. `path` is `/<package>.<service>/<method>`. */
export function defineMethod(
  path: string,
  kind: MethodKind,
): MethodDefinition<Uint8Array, Uint8Array> {
  return {
    path,
    requestStream: kind === "client-stream" || kind === "bidi",
    responseStream: kind === "server-stream" || kind === "bidi",
    requestSerialize: toBuffer,
    requestDeserialize: asBytes,
    responseSerialize: toBuffer,
    responseDeserialize: asBytes,
  };
}

/**
 * Returns the options of a channel. It connects to `host:port` directly: without a proxy, and
 * without a shared subchannel, whose back-off would outlive the channel.
 */
export function channelOptions(maxMessageBytes: number): ChannelOptions {
  return {
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": 0,
    "grpc.max_receive_message_length": maxMessageBytes + MESSAGE_OVERHEAD_BYTES,
    "grpc.max_send_message_length": maxMessageBytes + MESSAGE_OVERHEAD_BYTES,
    "grpc-node.flow_control_window": WINDOW_BYTES,
  };
}

/** Returns a server that is not bound yet. */
export function makeServer(maxMessageBytes: number): Server {
  const options: ServerOptions = {
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": maxMessageBytes + MESSAGE_OVERHEAD_BYTES,
    "grpc.max_send_message_length": maxMessageBytes + MESSAGE_OVERHEAD_BYTES,
  };
  return new Server({ ...options, interceptors: [nameBound(maxMessageBytes)] });
}

/**
 * Returns an interceptor that explains grpc-js's refusals of long messages. The innermost call
 * sends them to itself, so that responders do not see them.
 */
function nameBound(maxMessageBytes: number): ServerInterceptor {
  return (_, call) => {
    const send = call.sendStatus.bind(call);
    call.sendStatus = (given) => send(explainSize(given, maxMessageBytes));
    return new ServerInterceptingCall(call);
  };
}

/** grpc-js's own message: `Received message larger than max (25165838 vs 18874368)`. */
const TOO_LARGE = /^Received message (?:larger than max \((\d+)|that decompresses)/;

type PartialStatusObject = Parameters<ServerInterceptingCall["sendStatus"]>[0];

function explainSize(given: PartialStatusObject, maxMessageBytes: number): PartialStatusObject {
  const found = given.code === status.RESOURCE_EXHAUSTED && TOO_LARGE.exec(given.details ?? "");
  if (!found) return given;
  const bytes = found[1] === undefined ? undefined : Number(found[1]);
  const { details, metadata } = toGrpcStatus(requestTooLarge(bytes, maxMessageBytes));
  return { ...given, details, metadata };
}

/**
 * Binds `address` (`host:port`, or `unix:` and a path) and serves. Returns the port; 0 for a
 * socket. Rejects with `ALREADY_EXISTS` if the address is taken, else with `INVALID_ARGUMENT`. Both
 * errors name the address.
 */
export async function bindServer(
  server: Server,
  address: string,
  credentials: ServerCredentials,
): Promise<number> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(describeBindFailure(address, error));
      else resolve(bound);
    });
  });
  watchSessions(server);
  return port;
}

/** Takes no new calls, lets those in flight end for up to `graceMs`, then ends them. */
export async function stopServer(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      // With channelz off, `forceShutdown` of grpc-js does not end the sessions.
      for (const session of sessionsOf.get(server) ?? []) session.destroy();
      setImmediate(resolve);
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Closes a client once its streams are over: an earlier close would drop unsent messages. */
export function closeClientAfter(client: Client, streams: readonly ClientStream[]): void {
  let left = streams.length;
  if (left === 0) client.close();
  for (const stream of streams) {
    stream.on("status", () => {
      left -= 1;
      if (left === 0) client.close();
    });
  }
}

/** Ends a stream, and cancels it if the other side does not end it in time. */
export function endStream(stream: ClientStream): void {
  const timer = setTimeout(() => stream.cancel(), LINGER_MS);
  timer.unref();
  stream.on("status", () => clearTimeout(timer));
  stream.end();
}

/** Returns `host:port`, with an IPv6 host in brackets. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Returns text metadata as a plain object, by lower-case key. Binary keys are left out. */
export function readMetadata(metadata: Metadata): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.getMap())) {
    if (typeof value === "string") plain[key] = value;
  }
  return plain;
}

/** Returns a `Buffer` that shares the memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Returns a plain array: `slice` of a Node `Buffer` is a view, which readers expect to be a copy.
 */
function asBytes(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The open connections of each server. */
const sessionsOf = new WeakMap<Server, Set<ServerHttp2Session>>();

/**
 * Sets the HTTP/2 windows of a server, announces the bound of metadata, and collects the sessions.
 * grpc-js has no server option for these settings, but each bound server is a Node `Http2Server`,
 * which has one. grpc-js keeps them in a private map. Where an upgrade hides the map, a test fails,
 * and Node's defaults apply.
 */
function watchSessions(server: Server): void {
  const sessions = new Set<ServerHttp2Session>();
  sessionsOf.set(server, sessions);
  const held: unknown = Reflect.get(server, "http2Servers");
  if (!(held instanceof Map)) return;
  for (const http2Server of held.keys() as Iterable<Http2Server>) {
    http2Server.updateSettings({
      initialWindowSize: WINDOW_BYTES,
      maxHeaderListSize: MAX_METADATA_BYTES,
    });
    // The session of a connection opens while the event of the connection is handled.
    let socket: Duplex | undefined;
    for (const event of ["connection", "secureConnection"])
      http2Server.prependListener(event, (opened: Duplex) => (socket = opened));
    http2Server.on("session", (session) => {
      if (socket !== undefined) watchTermination(session, socket);
      session.setLocalWindowSize(WINDOW_BYTES);
      sessions.add(session);
      session.on("close", () => sessions.delete(session));
    });
  }
}

function describeBindFailure(address: string, error: Error): JflowError {
  if (/EADDRINUSE/.test(error.message)) {
    return new JflowError("ALREADY_EXISTS", `${address} is taken: another process listens on it`, {
      cause: error,
    });
  }
  return new JflowError("INVALID_ARGUMENT", `cannot listen on ${address}: ${error.message}`, {
    cause: error,
  });
}
