import { request } from "node:http";
import type { Case, Scenario } from "../case.ts";
import type { Side } from "../side.ts";

/** The answer to an HTTP request: its status, and its body as JSON where it is valid JSON. */
interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** How long a reply may take. */
const LIMIT_MS = 5000;

/** Sends exactly these bytes; `fetch` rejects some of them. */
export async function sendHttp(
  side: Side,
  method: string,
  path: string,
  body?: string | Buffer,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      connection: "close",
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
    };
    const sent = request(
      { host: "127.0.0.1", port: side.ports.http, method, path, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: parse(Buffer.concat(chunks).toString()),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.setTimeout(LIMIT_MS, () => {
      resolve({ status: 0, body: "no answer" });
      sent.destroy();
    });
    sent.end(body);
  });
}

/** Parses a text as JSON; returns the text where it is not valid JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return `${text.slice(0, 30)}...`;
  }
}

/** A case of one HTTP request. `keep` selects the compared part of the reply. */
function http(
  name: string,
  [method, path, json]: [string, string, unknown?],
  more: Partial<Case> = {},
  keep: (reply: Reply) => unknown = (reply) => reply,
): Case {
  const body = json === undefined || typeof json === "string" ? json : JSON.stringify(json);
  return { name, ask: async (side) => keep(await sendHttp(side, method, path, body)), ...more };
}

const status = ({ status: code }: Reply): unknown => ({ status: code });
const isStatus = (wanted: number): { expect: (reply: Reply) => boolean } => ({
  expect: (reply) => reply.status === wanted,
});
/** An expected error whose message is jflow's own. */
const refused = (wanted: number): Partial<Case> => ({
  deliberate: { reason: "malformed", expect: (reply: Reply) => reply.status === wanted },
});

interface Described {
  readonly faults: readonly string[];
  readonly paths: number;
}

/** One document of a JSON request. */
export const DOC = { id: "a", text: "hi", tags: { k: 1.5, deep: { x: [true] } } };

export const HTTP_SCENARIO: Scenario = {
  name: "http",
  flow: `jtype: Flow
with: {@listen, cors: true, title: Twins, expose_endpoints: {/results: {methods: [POST]}, /mark: {http_path: /put-mark, methods: [PUT]}}}
executors:
  - {name: first, uses: @Twin, uses_with: {mark: one}}
`,
  cases: [
    http("GET /", ["GET", "/"], isStatus(200)),
    http("GET /dry_run", ["GET", "/dry_run"], isStatus(200)),
    http(
      "GET /status has jina and envs",
      ["GET", "/status"],
      isStatus(200),
      ({ status: code, body }) => ({
        status: code,
        keys: Object.keys(body as object),
      }),
    ),
    http("GET /docs", ["GET", "/docs"], isStatus(200), status),
    http(
      "GET /openapi.json",
      ["GET", "/openapi.json"],
      isStatus(200),
      ({ status: code, body }) => ({
        status: code,
        has: [
          "/post",
          "/index",
          "/search",
          "/update",
          "/delete",
          "/results",
          "/put-mark",
          "/status",
          "/dry_run",
        ].map((path) => path in (body as { paths: object }).paths),
        title: (body as { info: { title: string } }).info.title,
      }),
    ),
    {
      name: "a validator accepts openapi.json",
      ask: async (side) => {
        const { faults, paths } = (await side.ask({
          op: "describe",
          protocol: "http",
        })) as Described;
        return { faults, isEmpty: paths === 0 };
      },
      expect: ({ faults, isEmpty }: { faults: readonly string[]; isEmpty: boolean }) =>
        faults.length === 0 && !isEmpty,
    },
    http(
      "/post with execEndpoint",
      ["POST", "/post", { data: [DOC], execEndpoint: "/mark" }],
      isStatus(200),
    ),
    http(
      "/post in snake_case",
      ["POST", "/post", { data: [DOC], exec_endpoint: "/mark", target_executor: "first" }],
      isStatus(200),
    ),
    http(
      "/post with docs inside data",
      ["POST", "/post", { data: { docs: [DOC] }, execEndpoint: "/mark" }],
      isStatus(200),
    ),
    http("/post with an empty object", ["POST", "/post", {}], isStatus(200)),
    http(
      "parameters and __results__",
      ["POST", "/results", { data: [DOC], parameters: { a: 1, b: ["x"] } }],
      isStatus(200),
    ),
    http("POST /search", ["POST", "/search", { data: [DOC] }], isStatus(200)),
    http("PUT /update", ["PUT", "/update", { data: [DOC] }], isStatus(200)),
    http("DELETE /delete", ["DELETE", "/delete", { data: [DOC] }], isStatus(200)),
    http("an exposed path and method", ["PUT", "/put-mark", { data: [DOC] }], isStatus(200)),
    http(
      "an executor throws: 200 and header.status",
      ["POST", "/post", { data: [{ text: "fail", id: "a" }], execEndpoint: "/fail" }],
      isStatus(200),
      ({ status: code, body }) => {
        const { header, data } = body as {
          header: { status: { exception: { stacks?: unknown } } };
          data: unknown;
        };
        return {
          status: code,
          data,
          header: {
            ...header,
            status: {
              ...header.status,
              exception: { ...header.status.exception, stacks: "left out" },
            },
          },
        };
      },
    ),
    http(
      "nulls for data and parameters",
      ["POST", "/post", { data: null, parameters: null, execEndpoint: "/mark" }],
      isStatus(200),
    ),
    http(
      "unknown keys",
      ["POST", "/post", { data: [{ ...DOC, surplus: 1 }], more: 2, execEndpoint: "/mark" }],
      isStatus(200),
    ),
    http(
      "a number as text",
      ["POST", "/post", { data: [{ id: "a", text: 5 }], execEndpoint: "/mark" }],
      isStatus(200),
    ),
    http(
      "a number as endpoint",
      ["POST", "/post", { data: [DOC], execEndpoint: 5 }],
      isStatus(200),
      status,
    ),
    http(
      "tags of 1 and 0",
      [
        "POST",
        "/post",
        { data: [{ id: "a", tags: { one: 1, zero: 0, deep: { one: 1 } } }], execEndpoint: "/echo" },
      ],
      {
        deliberate: {
          reason: "json-tags",
          expect: ({ body }: { body: { data: { tags: { one: unknown } }[] } }) =>
            body.data[0]?.tags.one === 1,
        },
      },
    ),
    http(
      "camelCase keys of a document",
      [
        "POST",
        "/post",
        { data: [{ id: "a", parentId: "b", mimeType: "text/plain" }], execEndpoint: "/echo" },
      ],
      {
        deliberate: {
          reason: "json-camel-case",
          expect: ({ body }: { body: { data: { parent_id: unknown }[] } }) =>
            body.data[0]?.parent_id === "b",
        },
      },
    ),
    http(
      "data of a wrong type: 422",
      ["POST", "/post", { data: "text", execEndpoint: "/mark" }],
      isStatus(422),
      status,
    ),
    http(
      "parameters of a wrong type: 422",
      ["POST", "/post", { parameters: [1], execEndpoint: "/mark" }],
      isStatus(422),
      status,
    ),
    http("a body that is not an object: 422", ["POST", "/post", "[1]"], isStatus(422), status),
    http("a body that is not valid JSON", ["POST", "/post", "{"], refused(400), status),
    http(
      "no body",
      ["POST", "/post"],
      { deliberate: { reason: "empty-body", expect: (reply: Reply) => reply.status === 200 } },
      status,
    ),
    http("an unknown path: 404", ["GET", "/nowhere"], isStatus(404)),
    http("a wrong method: 405", ["DELETE", "/post"], isStatus(405)),
    http("HEAD /docs: 200", ["HEAD", "/docs"], isStatus(200), status),
    http(
      "HEAD /",
      ["HEAD", "/"],
      { deliberate: { reason: "http-head", expect: (reply: Reply) => reply.status === 200 } },
      status,
    ),
    http(
      "an invalid regular expression",
      ["POST", "/post", { data: [DOC], execEndpoint: "/mark", targetExecutor: "(" }],
      refused(400),
      status,
    ),
  ],
};
