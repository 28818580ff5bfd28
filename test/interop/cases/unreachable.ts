import type { Case, Prepared, Scenario } from "../case.ts";
import { findPorts } from "../side.ts";
import { by, CLIENTS, makeDocs, makePost, type Posted } from "./asking.ts";
import { sendHttp } from "./web.ts";

/** How long a client may wait for its error. */
const LIMIT_MS = 5000;

/** Compares the errors where an executor does not answer, without the messages, which differ. */
function failureCases(
  endpoint: string,
  wanted: { readonly http: number; readonly raised: string },
): readonly Case[] {
  const doc = { id: "a", text: "x", tags: { wait: 2 } };
  const clients = CLIENTS.map((client): Case => ({
    name: `${client}: raises`,
    ask: async (side) => {
      const { raised } = (await side.ask(
        makePost(endpoint, [doc], by(client)),
        LIMIT_MS,
      )) as Posted;
      return { raised };
    },
    expect: ({ raised }: Posted) => raised === wanted.raised,
    deliberate:
      client === "grpc stream"
        ? { reason: "stream-failure", expect: ({ raised }: Posted) => raised === "BadServer" }
        : { reason: "hanging-client", expect: ({ raised }: Posted) => raised === wanted.raised },
  }));
  const body = JSON.stringify({ data: [doc], execEndpoint: endpoint });
  return [
    ...clients,
    {
      name: `HTTP status ${wanted.http}`,
      ask: async (side) => {
        const { status, body: told } = await sendHttp(side, "POST", "/post", body);
        const { header } = told as { header?: { status?: { code?: number } } };
        return { status, code: header?.status?.code };
      },
      expect: ({ status }: { status: number }) => status === wanted.http,
      deliberate: {
        reason: "hanging-client",
        expect: ({ status, code }: { status: number; code: number }) =>
          status === wanted.http && code === 1,
      },
    },
  ];
}

async function findDeadPort(): Promise<Prepared> {
  const [port = 0] = await findPorts(1);
  return { values: { dead_port: port }, [Symbol.asyncDispose]: async () => undefined };
}

export const UNREACHABLE_SCENARIO: Scenario = {
  name: "no executor answers",
  prepare: findDeadPort,
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: gone, external: true, host: 127.0.0.1, port: @dead_port, retries: 0}
`,
  cases: failureCases("/mark", { http: 503, raised: "ConnectionError" }),
};

export const LATE_SCENARIO: Scenario = {
  name: "late answers",
  flow: `jtype: Flow
with: {@listen, timeout_send: 300, retries: 0}
executors:
  - {name: slow, uses: @Twin}
`,
  cases: [
    ...failureCases("/wait", { http: 504, raised: "ConnectionError" }),
    {
      name: "the next request is answered",
      ask: async (side) => {
        const { responses } = (await side.ask(makePost("/echo", makeDocs(1)), LIMIT_MS)) as Posted;
        return { answered: responses?.length };
      },
      expect: ({ answered }: { answered: number }) => answered === 1,
      deliberate: {
        reason: "hanging-client",
        expect: ({ answered }: { answered: number }) => answered === 1,
      },
    },
  ],
};
