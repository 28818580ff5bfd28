import type { Case, Scenario } from "../case.ts";
import type { Side } from "../side.ts";
import type { Doc } from "./asking.ts";
import { sendHttp } from "./web.ts";

/** The result of `stream_doc` of Jina's client. */
interface Streamed {
  readonly got: readonly Doc[];
  readonly raised?: string;
}

const PROMPT: Doc = { id: "a", text: "hä" };

/** Sends a document to a streaming endpoint with Jina's client. */
function stream(name: string, job: Doc, more: Partial<Case> = {}): Case {
  const { protocol = "grpc" } = job;
  return {
    name: `${name} (${String(protocol)})`,
    ask: async (side: Side) => side.ask({ op: "stream", doc: PROMPT, ...job }),
    ...more,
  };
}

/** The events of a stream over HTTP: name and document. */
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
export const STREAM_V2_SCENARIO: Scenario = {
  name: "docarray v2 streams",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: StreamsV2, py_modules: [streams_v2.py], replicas: 2}
`,
  cases: [
    ...both((protocol) =>
      stream("documents in order", { protocol, endpoint: "/stream" }, gives(3)),
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
      "an endpoint that yields one document",
      { endpoint: "/whole" },
      { expect: ({ raised }: Streamed) => raised === "BadServer" },
    ),
    stream("an endpoint that no executor binds", { endpoint: "/none" }, broken(0)),
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

/** A flow with one replica, which counts its calls. */
export const STREAM_END_SCENARIO: Scenario = {
  name: "docarray v2 streams, abandoned",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: StreamsV2, py_modules: [streams_v2.py]}
`,
  cases: both((protocol) =>
    stream(
      "a client that stops after one document",
      { protocol, endpoint: "/endless", take: 1, await: "/ended" },
      endsWithClient,
    ),
  ),
};

/** Executors of docarray v1, which Jina streams only over gRPC. */
export const STREAM_SCENARIO: Scenario = {
  name: "docarray v1 streams",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: Streams, py_modules: [streams.py]}
`,
  cases: [
    stream(
      "documents in order",
      { endpoint: "/stream", doc: { ...PROMPT, tags: { count: 3 } } },
      gives(3),
    ),
    stream("an exception after two documents", { endpoint: "/stream-fail" }, broken(2)),
  ],
};
