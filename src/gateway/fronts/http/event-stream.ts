import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { toJflowError } from "../../../util/errors.ts";
import { EVENT_STREAM_PING_MS } from "../../../util/limits/requests.ts";
import { EVENT_STREAM_HEADERS } from "../../../wire/http/http-reply.ts";

/** A stream of documents, sent as Server-Sent Events. */
export interface EventReply {
  /** JSON texts, one for each document. */
  readonly documents: AsyncIterable<string>;
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
  /** The interval of comments, which keep proxies from closing a silent stream, in milliseconds. */
  readonly pingMs?: number;
}

/**
 * Sends a stream as Jina's front does: an event `update` for each document, then `end`. Lines end
 * with CR LF, at which Jina's client splits them. A stream that fails ends with an event `error`,
 * and the connection is cut. A client that ignores `error` notices that `end` is missing.
 */
export async function sendEvents(
  response: ServerResponse,
  documents: AsyncIterable<string>,
  { headers, signal, pingMs = EVENT_STREAM_PING_MS }: Sending,
): Promise<void> {
  const ping = setInterval(
    () => send(response, `: ping - ${new Date().toISOString()}\r\n\r\n`),
    pingMs,
  );
  response.writeHead(200, { ...headers, ...EVENT_STREAM_HEADERS });
  response.flushHeaders();
  try {
    for await (const document of documents) {
      if (response.destroyed) return;
      if (!send(response, formatEvent("update", document)))
        await once(response, "drain", { signal });
    }
    if (!response.destroyed) response.end("event: end\r\n\r\n");
  } catch (thrown) {
    const { code, message } = toJflowError(thrown);
    send(response, formatEvent("error", JSON.stringify({ detail: message, code })), () =>
      response.destroy(),
    );
  } finally {
    clearInterval(ping);
  }
}

function formatEvent(name: string, json: string): string {
  return `event: ${name}\r\ndata: ${json}\r\n\r\n`;
}

/** Returns whether the connection has room for more. */
function send(response: ServerResponse, text: string, sent?: () => void): boolean {
  return response.destroyed || response.write(text, sent);
}
