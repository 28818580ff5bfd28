import type { IncomingMessage, ServerResponse } from "node:http";

/** What is sent back over HTTP. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function replyJson(status: number, body: unknown): HttpReply {
  return replyJsonText(status, JSON.stringify(body));
}

export function replyJsonText(status: number, body: string): HttpReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

export function replyText(status: number, body: string): HttpReply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

export function replyHtml(status: number, body: string): HttpReply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** A refusal in the form that Jina's HTTP clients know. */
export function replyDetail(
  status: number,
  detail: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const reply = replyJson(status, { detail });
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** Sends a reply; to a client that is gone it does nothing. */
export function sendReply(
  response: ServerResponse,
  reply: HttpReply,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  const length = String(Buffer.byteLength(reply.body));
  response.writeHead(reply.status, { ...headers, ...reply.headers, "content-length": length });
  response.end(reply.body);
}

/** What a request asks for: its path and query. Never throws, whatever a client writes there. */
export function readTarget(request: IncomingMessage): {
  readonly path: string;
  readonly query: URLSearchParams;
} {
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  return { path: decodePath(path), query: new URLSearchParams(query) };
}

/** An endpoint may have any characters; a client has to escape some of them. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
