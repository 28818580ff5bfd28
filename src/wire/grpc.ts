import {
  Server,
  logVerbosity,
  setLogVerbosity,
  type Client,
  type ClientDuplexStream,
  type ChannelOptions,
  type MethodDefinition,
  type Metadata,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
} from "@grpc/grpc-js";
import { JflowError } from "../util/errors.ts";

// grpc-js writes to stderr by itself; what it has to say reaches us as errors, which we phrase.
setLogVerbosity(logVerbosity.NONE);

/** Both ends of a bidirectional call, on bytes. */
export type ServerStream = ServerDuplexStream<Uint8Array, Uint8Array>;
export type ClientStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** HTTP/2 windows, in bytes: Node's 64 KB cost more than half of the rate at 100 KB per message. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** How long a stream that was ended may take to go away before it is cut. */
const LINGER_MS = 2000;

/** What a message may weigh beyond its documents: frame heads, tags, lengths. */
const SLACK_BYTES = 2 * 1024 * 1024;

/** The four forms of a gRPC method. */
export type MethodForm = "unary" | "client-stream" | "server-stream" | "bidi";

/** `path` is `/<package>.<service>/<method>`. */
export function defineMethod(
  path: string,
  form: MethodForm,
): MethodDefinition<Uint8Array, Uint8Array> {
  return {
    path,
    requestStream: form === "client-stream" || form === "bidi",
    responseStream: form === "server-stream" || form === "bidi",
    requestSerialize: toBuffer,
    requestDeserialize: asBytes,
    responseSerialize: toBuffer,
    responseDeserialize: asBytes,
  };
}

/**
 * The options of every channel of ours. `host:port` is dialled as it stands: no proxy, no shared
 * subchannel whose back-off outlives us.
 */
export function channelOptions(maxMessageBytes: number): ChannelOptions {
  return {
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": 0,
    "grpc.max_receive_message_length": maxMessageBytes + SLACK_BYTES,
    "grpc.max_send_message_length": maxMessageBytes + SLACK_BYTES,
    "grpc-node.flow_control_window": WINDOW_BYTES,
  };
}

/** A server with our options; not bound yet. */
export function makeServer(maxMessageBytes: number): Server {
  const options: ServerOptions = {
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": maxMessageBytes + SLACK_BYTES,
    "grpc.max_send_message_length": maxMessageBytes + SLACK_BYTES,
  };
  return new Server(options);
}

/**
 * Binds `address` (`host:port`, or `unix:` and a path) and serves. Returns the port, 0 for a
 * socket. Rejects with `ALREADY_EXISTS` where it is taken, else with `INVALID_ARGUMENT`; both name
 * the address.
 */
export async function bindServer(
  server: Server,
  address: string,
  credentials: ServerCredentials,
): Promise<number> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(sayBindFailure(address, error));
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
      // With channelz off, grpc-js forgets to end its sessions when it is forced to.
      for (const session of sessionsOf.get(server) ?? []) session.destroy();
      setImmediate(resolve);
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Closes a client once its streams are over: closing one at once would drop what was written but
 * not yet sent.
 */
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

/** Ends a stream in order; one whose other side does not end it in time is cut. */
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

/** Text metadata as a plain object, by lower-case key; binary keys are left out. */
export function readMetadata(metadata: Metadata): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.getMap())) {
    if (typeof value === "string") plain[key] = value;
  }
  return plain;
}

/** The same memory as a `Buffer`. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A plain array: `slice` of a Node `Buffer` is a view, which whoever gets the bytes further on
 * would take for a copy.
 */
function asBytes(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

interface Http2Session {
  setLocalWindowSize(bytes: number): void;
  destroy(): void;
  on(event: "close", listener: () => void): void;
}

/** The open connections of each server. */
const sessionsOf = new WeakMap<Server, Set<Http2Session>>();

interface Http2Server {
  updateSettings(settings: { initialWindowSize: number }): void;
  on(event: "session", listener: (session: Http2Session) => void): void;
}

/**
 * grpc-js has no server option for the HTTP/2 windows, but each bound server is a Node
 * `Http2Server`, which has. They are held in a private map: a test fails where an upgrade hides it,
 * and serving goes on with Node's default windows.
 */
function watchSessions(server: Server): void {
  const sessions = new Set<Http2Session>();
  sessionsOf.set(server, sessions);
  const held: unknown = Reflect.get(server, "http2Servers");
  if (!(held instanceof Map)) return;
  for (const http2Server of held.keys() as Iterable<Http2Server>) {
    http2Server.updateSettings({ initialWindowSize: WINDOW_BYTES });
    http2Server.on("session", (session) => {
      session.setLocalWindowSize(WINDOW_BYTES);
      sessions.add(session);
      session.on("close", () => sessions.delete(session));
    });
  }
}

function sayBindFailure(address: string, error: Error): JflowError {
  if (/EADDRINUSE/.test(error.message)) {
    return new JflowError("ALREADY_EXISTS", `${address} is taken: another process listens there`, {
      cause: error,
    });
  }
  return new JflowError("INVALID_ARGUMENT", `cannot listen on ${address}: ${error.message}`, {
    cause: error,
  });
}
