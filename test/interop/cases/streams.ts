import type { Case, Scenario } from "../case.ts";
import type { Side } from "../side.ts";
import type { Doc } from "./asking.ts";
import { sendHttp } from "./web.ts";

/** What `stream_doc` of the stock client came to. */
interface Streamed {
  readonly got: readonly Doc[];
  readonly raised?: string;
}

const PROMPT: Doc = { id: "a", text: "hä" };

/** A document to a streaming endpoint by the stock client. */
function stream(name: string, job: Doc, more: Partial<Case> = {}): Case {
  const { protocol = "grpc" } = job;
  return {
    name: `${name} (${String(protocol)})`,
    ask: async (side: Side) => side.ask({ op: "stream", doc: PROMPT, ...job }),
    ...more,
  };
}

/** The events of a stream over HTTP: the name of each, and its document. */
async function readEvents({ ports }: Side, path: string): Promise<readonly unknown[]> {
  const text = await (await fetch(`http://127.0.0.1:${ports.http}${path}`)).text();
  const events = text.split("\r\n\r\n").filter((event) => event !== "");
  return events.map((event) => {
    const [name, data] = event.split("\r\n");
    return [name, data === undefined ? null : JSON.parse(data.replace(/^data: /, ""))];
  });
}

const gives = (count: number): Partial<Case> => ({
  expect: ({ got, raised }: Streamed) => got.length === count && raised === undefined,
});

const broken = (count: number): Partial<Case> => ({
  deliberate: {
    reason: "broken-stream",
    expect: ({ got, raised }: Streamed) => got.length === count && raised !== undefined,
  },
});

const endsWithClient: Partial<Case> = {
  expect: ({ ended }: { ended: Streamed }) =>
    ended.got.length === 1 && Number(ended.got[0]!["place"]) > 0,
};

const both = (make: (protocol: "grpc" | "http") => Case): readonly Case[] => [
  make("grpc"),
  make("http"),
];

/** Python executors of docarray v2 whose methods are generators. */
export const STREAM_TWO_SCENARIO: Scenario = {
  name: "docarray v2 streams",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: StreamsV2, py_modules: [streams_v2.py], replicas: 2}
`,
  cases: [
    ...both((protocol) =>
      stream("documents in their order", { protocol, endpoint: "/stream" }, gives(3)),
    ),
    ...both((protocol) =>
      stream(
        "no documents",
        { protocol, endpoint: "/stream", doc: { ...PROMPT, count: 0 } },
        gives(0),
      ),
    ),
    ...both((protocol) =>
      stream(
        "parameters",
        { protocol, endpoint: "/stream", parameters: { k: 1, one__k: 2 } },
        gives(3),
      ),
    ),
    ...both((protocol) =>
      stream("an exception after two documents", { protocol, endpoint: "/stream-fail" }, broken(2)),
    ),
    stream(
      "an endpoint that gives one",
      { endpoint: "/whole" },
      { expect: ({ raised }: Streamed) => raised === "BadServer" },
    ),
    stream("an endpoint that nobody binds", { endpoint: "/none" }, broken(0)),
    {
      name: "query parameters",
      ask: async (side) => readEvents(side, "/stream?id=q&text=x&count=2&weight=2"),
      expect: (events: readonly unknown[]) => events.length === 3,
    },
    {
      name: "a wrong type",
      ask: async (side) => ({
        status: (await sendHttp(side, "GET", "/stream", '{"count":"x"}')).status,
      }),
      expect: ({ status }: { status: number }) => status === 422,
    },
    {
      name: "POST on a streaming endpoint",
      ask: async (side) => sendHttp(side, "POST", "/stream", '{"data":[{"text":"a"}]}'),
      expect: ({ status }: { status: number }) => status === 405,
    },
  ],
};

/** The same with one replica, which knows of every call that it had. */
export const STREAM_END_SCENARIO: Scenario = {
  name: "docarray v2 streams, left",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: StreamsV2, py_modules: [streams_v2.py]}
`,
  cases: both((protocol) =>
    stream(
      "a client that stops after one",
      { protocol, endpoint: "/endless", take: 1, await: "/ended" },
      endsWithClient,
    ),
  ),
};

/** Those of docarray v1, which Jina streams over gRPC alone. */
export const STREAM_SCENARIO: Scenario = {
  name: "docarray v1 streams",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: Streams, py_modules: [streams.py]}
`,
  cases: [
    stream(
      "documents in their order",
      { endpoint: "/stream", doc: { ...PROMPT, tags: { count: 3 } } },
      gives(3),
    ),
    stream("an exception after two documents", { endpoint: "/stream-fail" }, broken(2)),
  ],
};
