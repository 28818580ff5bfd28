import type { IncomingMessage, ServerResponse } from "node:http";
import { toJflowError } from "../../util/errors.ts";
import { HttpListener } from "../../wire/http/http-listener.ts";
import { readTarget, replyDetail, sendReply } from "../../wire/http/http-reply.ts";
import { httpStatusOf } from "../../wire/http/http-status.ts";
import { ADMIN_HOST } from "../running/flow-facts.ts";
import { refuseForeign } from "./local-request.ts";
import { PAGE_FILES } from "./page-files.ts";
import { PAGE_POSTS } from "./page-posts.ts";
import { ADMIN_ROUTES, type AdminDeps, type AdminRoute } from "./routes.ts";

const READS = { ...ADMIN_ROUTES, ...PAGE_FILES };
/** The routes by method and path. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, AdminRoute>>>> = {
  GET: READS,
  HEAD: READS,
  POST: PAGE_POSTS,
};

/**
 * The HTTP server of the supervisor for monitoring tools and pages. It listens on loopback, and
 * answers while the gateway restarts.
 */
export class AdminServer {
  readonly #deps: AdminDeps;
  #listener: HttpListener;
  #statedPort: number;

  private constructor(deps: AdminDeps, listener: HttpListener, statedPort: number) {
    this.#deps = deps;
    this.#listener = listener;
    this.#statedPort = statedPort;
  }

  /** Port 0 is a free port. Rejects with `ALREADY_EXISTS` if the port is taken. */
  static async open(port: number, deps: AdminDeps): Promise<AdminServer> {
    return new AdminServer(deps, await listen(port, deps), port);
  }

  get port(): number {
    return this.#listener.port;
  }

  /**
   * Listens on the port of a changed flow file. Rejects as `open` does; the server then keeps its
   * port.
   */
  async follow(port: number): Promise<void> {
    if (port === this.#statedPort) return;
    this.#statedPort = port;
    if (port === 0 || port === this.port) return;
    const before = this.#listener;
    this.#listener = await listen(port, this.#deps);
    await before.close(0);
  }

  /** Cuts the connections that are open. */
  async close(): Promise<void> {
    await this.#listener.close(0);
  }
}

async function listen(port: number, deps: AdminDeps): Promise<HttpListener> {
  return HttpListener.open({ host: ADMIN_HOST, port, tls: undefined }, (request, response) => {
    void answer(deps, request, response);
  });
}

async function answer(
  deps: AdminDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refusal = refuseForeign(request.headers);
  if (refusal !== undefined) return sendReply(response, replyDetail(403, refusal));
  try {
    await route(deps, request, response);
  } catch (thrown) {
    const error = toJflowError(thrown);
    sendReply(response, replyDetail(httpStatusOf(error), error.message));
  }
}

/** Throws the error of the request. */
async function route(
  deps: AdminDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, query } = readTarget(request);
  const found = find(find(ROUTES, request.method ?? "") ?? {}, path);
  if (found === undefined) {
    const allow = Object.keys(ROUTES).filter((method) => find(ROUTES[method]!, path));
    const refusal =
      allow.length > 0
        ? replyDetail(405, "Method Not Allowed", { allow: allow.join(", ") })
        : replyDetail(404, "Not Found");
    sendReply(response, refusal);
  } else if (typeof found === "function")
    sendReply(response, await found(deps, { query, request }));
  else found.stream(deps, { query, request }, response);
}

function find<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
