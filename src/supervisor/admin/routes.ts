import type { IncomingMessage, ServerResponse } from "node:http";
import type { ControlAnswer, ControlRequest } from "../../model/control/messages.ts";
import { JflowError, type ErrorCode } from "../../util/errors.ts";
import { replyJson, replyText, type HttpReply } from "../../wire/http/http-reply.ts";
import { replyCatShards, replyClusterHealth } from "../../wire/http/shard-pages.ts";
import { stateName } from "../describe/replica-text.ts";
import type { StateFeed } from "../read-model/state-feed.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { streamEvents } from "./event-stream.ts";
import { replyHealthz } from "./healthz.ts";
import type { PageToken } from "./page-token.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The collaborators of the admin server. */
export interface AdminDeps {
  readonly supervisor: FlowSupervisor;
  readonly feed: StateFeed;
  /** Answers as the Unix socket of the supervisor does. */
  readonly ask: (request: ControlRequest) => Promise<ControlAnswer>;
  readonly token: PageToken;
}

/** A request to a route. */
export interface AdminRequest {
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
}

/** Replies to a request, or takes the response over. */
export type AdminRoute =
  | ((deps: AdminDeps, request: AdminRequest) => HttpReply | Promise<HttpReply>)
  | { stream(deps: AdminDeps, request: AdminRequest, response: ServerResponse): void };

/** The routes of the admin server, by path. */
export const ADMIN_ROUTES: Readonly<Record<string, AdminRoute>> = {
  "/healthz": ({ supervisor: { state, followers, replicas } }) => {
    const gateway = replicas.find(({ planned }) => planned.part === "gateway");
    return replyHealthz({
      isStopping: state === "stopping",
      topology: followers.last,
      gateway: gateway && stateName(gateway.state),
    });
  },
  "/_cat/shards": async ({ ask }, { query }) =>
    replyCatShards((await askFor(ask, { ask: "shards" }, "shards")).shards, query),
  "/_cluster/health": async ({ ask, supervisor }) => {
    const { health } = await askFor(ask, { ask: "health" }, "health");
    return replyClusterHealth(supervisor.flow.name, health);
  },
  "/metrics": async ({ ask }) => {
    const { lines } = await askFor(ask, { ask: "metrics" }, "lines");
    return replyText(200, lines.join("\n"), { "content-type": METRICS_TYPE });
  },
  "/api/state": async ({ ask }) =>
    replyJson(200, (await askFor(ask, { ask: "state" }, "state")).state),
  "/api/events": {
    stream({ feed, supervisor }, { request }, response) {
      const lastEventId = Number(request.headers["last-event-id"] ?? 0);
      const { journal, watchers } = supervisor.reporter;
      streamEvents(response, { feed, journal, watchers, lastEventId });
    },
  },
};

type AnswerWith<Key extends string> = Extract<ControlAnswer, { readonly [key in Key]: unknown }>;

/** Returns the answer that has `key`. Throws the error of the answer. */
async function askFor<Key extends string>(
  ask: AdminDeps["ask"],
  request: ControlRequest,
  key: Key,
): Promise<AnswerWith<Key>> {
  const answer = await ask(request);
  if (!answer.ok) throw new JflowError(answer.code as ErrorCode, answer.message);
  if (!(key in answer)) throw new JflowError("INTERNAL", `"${request.ask}" has no ${key}`);
  return answer as AnswerWith<Key>;
}
