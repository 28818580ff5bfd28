import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { toJflowError } from "../../../util/errors.ts";
import { EVENT_STREAM_PING_MS } from "../../../util/limits/requests.ts";

/** A stream of documents, sent as Server-Sent Events. */
export interface EventReply {
  /** Each as JSON text. */
  readonly documents: AsyncIterable<string>;
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** After how long a line is sent for those between, who cut what is silent; milliseconds. */
  readonly pingMs?: number;
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/**
 * Sends a stream in the form of Jina's front: an event `update` for each document, then `end`;
 * lines end with CR LF, by which its client takes them apart. A stream that fails is told so in an
 * event `error`, and cut, so that a client that knows only the other two sees that it has no end.
 * To a client that is gone it sends nothing.
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
  response.writeHead(200, { ...headers, ...HEADERS });
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

/** Whether there is room for more. */
function send(response: ServerResponse, text: string, sent?: () => void): boolean {
  return response.destroyed || response.write(text, sent);
}
