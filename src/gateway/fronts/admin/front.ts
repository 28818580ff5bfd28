import type { IncomingMessage, ServerResponse } from "node:http";
import { toJflowError } from "../../../util/errors.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import {
  readTarget,
  replyDetail,
  replyJson,
  replyText,
  sendReply,
  type HttpReply,
} from "../http/http-reply.ts";
import { httpStatusOf } from "../http/http-status.ts";
import { replyCatShards, replyClusterHealth } from "../http/shard-pages.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Returns whether a `Host` header names this machine. If another site's name resolves to this
 * machine, its pages send a different name.
 */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL_NAMES.has(host.replace(/:\d+$/, "").toLowerCase());
}

/** Answers the requests of monitoring tools to the admin server, which listens on loopback only. */
export class AdminFront {
  readonly #flow: FlowService;

  constructor(flow: FlowService) {
    this.#flow = flow;
  }

  /** The listener of a `node:http` server. */
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answerAdmin(this.#flow, request).then((reply) => sendReply(response, reply));
  };
}

/**
 * Replies 503 with the reason while the flow starts or a shard has no replica that can be asked.
 */
function replyHealth(flow: FlowService): HttpReply {
  if (!flow.isReady) return replyJson(503, { status: "starting" });
  const { code, description } = flow.dryRun();
  return code === "SUCCESS"
    ? replyJson(200, { status: "ready" })
    : replyJson(503, { status: "not ready", reason: description });
}

async function answerAdmin(flow: FlowService, request: IncomingMessage): Promise<HttpReply> {
  if (!isLocalHost(request.headers.host))
    return replyDetail(403, "the Host header does not name this machine");
  const { path, query } = readTarget(request);
  if (request.method !== "GET" && request.method !== "HEAD")
    return replyDetail(405, "Method Not Allowed", { allow: "GET, HEAD" });
  try {
    switch (path) {
      case "/healthz":
        return replyHealth(flow);
      case "/_cat/shards":
        return await replyCatShards(flow, query);
      case "/_cluster/health":
        return await replyClusterHealth(flow);
      case "/metrics":
        return replyText(200, await flow.askMetrics(), { "content-type": METRICS_TYPE });
      default:
        return replyDetail(404, "Not Found");
    }
  } catch (thrown) {
    const error = toJflowError(thrown);
    return replyDetail(httpStatusOf(error), error.message);
  }
}
