import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import { HTTP_LINGER_MS } from "../../util/limits/requests.ts";

/** A reply over HTTP. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers of a stream of Server-Sent Events. */
export const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

export function replyJson(status: number, body: unknown): HttpReply {
  return replyJsonText(status, JSON.stringify(body));
}

export function replyJsonText(status: number, body: string): HttpReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

export function replyText(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

export function replyHtml(status: number, body: string): HttpReply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** Makes a refusal that Jina's HTTP clients can read. */
export function replyDetail(
  status: number,
  detail: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const reply = replyJson(status, { detail });
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/**
 * Sends a reply. Does nothing if the client has disconnected. After a refusal in the middle of a
 * body, the server reads on for a while: a socket that closes with unread bytes resets the
 * connection, and the client loses the reply.
 */
export function sendReply(
  response: ServerResponse,
  reply: HttpReply,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  // RFC 9110 allows no content-length on a 204.
  const length = reply.status === 204 ? {} : { "content-length": Buffer.byteLength(reply.body) };
  response.writeHead(reply.status, { ...headers, ...reply.headers, ...length });
  if (response.req.complete) {
    response.end(reply.body);
    return;
  }
  response.flushHeaders();
  response.write(reply.body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, HTTP_LINGER_MS);
  response.req.once("close", end).once("end", end).resume();
}

/** Returns the bytes of a reply that ends its connection, for a socket without a response. */
export function encodeReply({ status, headers, body }: HttpReply): string {
  const all = { ...headers, "content-length": Buffer.byteLength(body), connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n");
}

/** Returns the path and the query of a request. Does not throw for malformed input. */
export function readTarget(request: IncomingMessage): {
  readonly path: string;
  readonly query: URLSearchParams;
} {
  const [path = "/", query = ""] = readUrl(request).split("?", 2);
  return { path: decodePath(path), query: new URLSearchParams(query) };
}

/**
 * Returns the target of a request as the client wrote it. A client of a proxy writes a whole URL,
 * whose scheme and host are left out.
 */
export function readUrl({ url = "/" }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/?]*(?=([/?]?))/i, (_, next: string) =>
    next === "/" ? "" : "/",
  );
}

/** Decodes a path. An endpoint may hold any characters, and a client has to escape some of them. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
