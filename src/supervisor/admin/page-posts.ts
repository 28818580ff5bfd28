import type { IncomingMessage } from "node:http";
import type { Topology } from "../../model/topology.ts";
import { JflowError, type ErrorCode } from "../../util/errors.ts";
import { replyDetail, replyJson } from "../../wire/http/http-reply.ts";
import { readPageCommand, readPageSearch } from "./read-page-request.ts";
import type { AdminRoute } from "./routes.ts";
import { searchFlow } from "./search-flow.ts";

const MAX_BODY_BYTES = 65_536;

/** The requests of the page by path, which are sent by POST. Each throws a `JflowError`. */
export const PAGE_POSTS: Readonly<Record<string, AdminRoute>> = {
  "/api/search": async ({ supervisor }, { request }) => {
    const search = readPageSearch(await readBody(request));
    const problem = whyNotRead(search.endpoint, supervisor.followers.last);
    if (problem !== undefined) throw new JflowError("INVALID_ARGUMENT", problem);
    const { local, grpc } = supervisor.facts.addresses();
    const gateway = local ?? grpc;
    if (gateway === undefined) throw new JflowError("UNAVAILABLE", "the gateway is not ready");
    return replyJson(200, await searchFlow(gateway, search));
  },
  "/api/operations": async ({ token, ask }, { request }) => {
    if (!token.accepts(request.headers.authorization))
      return replyDetail(401, "the token is missing or wrong: open the address of jflow ui", {
        "www-authenticate": "Bearer",
      });
    const command = readPageCommand(await readBody(request));
    const answer = await ask(
      command.ask === "restart" ? { ...command, allAtOnce: false } : command,
    );
    if (!answer.ok) throw new JflowError(answer.code as ErrorCode, answer.message);
    return replyJson(202, "operation" in answer ? { operation: answer.operation } : {});
  },
};

/**
 * Returns why the page does not ask an endpoint; undefined for a read that an executor with state
 * declares, and for `/search`. A method of an executor without state may change anything.
 */
export function whyNotRead(endpoint: string, topology: Topology | undefined): string | undefined {
  const deployments = topology?.deployments ?? [];
  const bound = deployments.filter(({ endpoints }) => endpoints?.includes(endpoint) === true);
  if (bound.some(({ writes }) => writes.includes(endpoint)))
    return `${endpoint} writes: the page only reads`;
  if (endpoint === "/search" || bound.some(({ stateful }) => stateful)) return undefined;
  return `no executor with state declares ${endpoint} as a read`;
}

/** Throws `INVALID_ARGUMENT` for another type than JSON, `TOO_LARGE` for a long body. */
async function readBody(request: IncomingMessage): Promise<string> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    throw new JflowError("INVALID_ARGUMENT", "the content-type must be application/json");
  let body = "";
  const decoder = new TextDecoder();
  for await (const chunk of request as AsyncIterable<Buffer>) {
    body += decoder.decode(chunk, { stream: true });
    if (body.length > MAX_BODY_BYTES)
      throw new JflowError("TOO_LARGE", `the body is longer than ${MAX_BODY_BYTES} characters`);
  }
  return body;
}
