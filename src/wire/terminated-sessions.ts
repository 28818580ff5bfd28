import type { Http2Session, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";

/** How often a connection is checked. Node has no event for what is looked for. */
const CHECK_MS = 250;
/** gRPC's number for RESOURCE_EXHAUSTED. */
const RESOURCE_EXHAUSTED = "8";
const REASON = "the metadata of the call is longer than 64 KiB";

/**
 * Answers calls whose metadata nghttp2 cannot read: a value longer than 64 KiB. nghttp2 then ends
 * the session, but Node neither reports it nor closes the connection, so that clients would wait
 * until their deadlines. Such a session has begun a stream that Node did not receive, and sends
 * nothing any more. The call gets RESOURCE_EXHAUSTED, and the connection is closed.
 */
export function watchTermination(session: Http2Session, socket: Duplex): void {
  let received = 0;
  let isProbed = false;
  session.on("stream", ({ id = 0 }: ServerHttp2Stream) => (received = Math.max(received, id)));
  const check = (): void => {
    if (session.destroyed) return;
    const { lastProcStreamID: begun = 0, outboundQueueSize = 0 } = session.state;
    if (begun <= received) isProbed = false;
    else if (!isProbed) {
      isProbed = true;
      // A session that still sends has only received the beginning of the metadata.
      session.ping((error) => {
        if (error === null) received = begun;
      });
    } else if (outboundQueueSize > 0) {
      clearInterval(timer);
      socket.write(writeRefusal(begun), () => session.destroy());
    }
  };
  const timer = setInterval(check, CHECK_MS).unref();
  session.on("close", () => clearInterval(timer));
}

/** Returns a HEADERS frame that ends the stream (https://httpwg.org/specs/rfc9113.html#HEADERS). */
function writeRefusal(streamId: number): Buffer {
  const headers = Buffer.concat([
    Buffer.from([STATUS_200]),
    literal("content-type", "application/grpc"),
    literal("grpc-status", RESOURCE_EXHAUSTED),
    literal("grpc-message", REASON),
  ]);
  const head = Buffer.alloc(9);
  head.writeUIntBE(headers.length, 0, 3);
  head[3] = HEADERS_FRAME;
  head[4] = END_STREAM_AND_HEADERS;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, headers]);
}

const HEADERS_FRAME = 1;
const END_STREAM_AND_HEADERS = 0x05;
/** The index of `:status: 200` in HPACK's static table, as a header field. */
const STATUS_200 = 0x88;

/** Returns a header without a place in HPACK's tables, whose state is unknown here. */
function literal(name: string, value: string): Buffer {
  const [key, text] = [Buffer.from(name), Buffer.from(value)];
  return Buffer.concat([Buffer.from([0, key.length]), key, Buffer.from([text.length]), text]);
}
