import type { Case, Scenario } from "../case.ts";
import {
  by,
  CLIENTS,
  makeDocs,
  makePost,
  postCase,
  type Client,
  type Doc,
  type Posted,
} from "./asking.ts";
import { KEY_CASE } from "./keys.ts";
import { findExecutorPorts, PROBE_CASES } from "./probes.ts";

/** A document with every field that the protocols carry. */
const FULL: Doc = {
  id: "full",
  text: "ünïcödé ✓",
  tags: {
    s: "x",
    n: 1.5,
    whole: 7,
    yes: true,
    no: false,
    none: null,
    list: [1, "a", [2]],
    map: { deep: { k: 1 } },
  },
  weight: 0.5,
  uri: "file:///x",
  modality: "text",
  mime_type: "text/plain",
  offset: 2.5,
  location: [1, 2.5],
  granularity: 3,
  adjacency: 4,
  parent_id: "above",
  scores: { cosine: 0.25, zero: 0 },
  chunks: [{ id: "c0", text: "chunk", tags: { c: 1 } }],
  matches: [{ id: "m0", text: "match", scores: { cosine: 0.125 }, matches: [{ id: "m00" }] }],
};
const BLOB: Doc = { id: "blob", blob: "AAECAwT/" };
const VECTORS: readonly Doc[] = [
  { id: "f4", embedding: { values: [0.5, -1.25, 3], dtype: "<f4" } },
  { id: "f8", embedding: { values: [0.1, 1e-300, 3], dtype: "<f8" } },
  { id: "matrix", tensor: { values: [[1, 2, 3], [4, 5, 6]], dtype: "<f4" } }, // prettier-ignore
  { id: "u1", tensor: { values: [[0, 255]], dtype: "|u1" } },
];
const SPARSE: readonly Doc[] = ["csr", "coo", "csc", "bsr"].map((sparse) => ({
  id: sparse,
  embedding: {
    sparse,
    columns: [3, 17, 130_000],
    values: [0.5, 1.5, 2.5],
    dtype: "<f4",
    dimensions: 130_107,
  },
}));

/** `ServingStatus` of grpc.health.v1. */
const SERVING = 1;
const REFLECTED: Doc = {
  header: { execEndpoint: "/mark" },
  data: { docs: { docs: [{ id: "a", text: "hi" }] } },
};

interface Reflected {
  readonly services?: readonly string[];
  readonly resolved?: readonly string[];
  readonly data?: unknown;
  readonly health?: Readonly<Record<string, number>>;
  readonly message?: string;
}

/**
 * Checks that every listed service can be linked and is healthy, and that a call by reflection
 * succeeds.
 */
function tellReflection({ services, resolved, data, health = {}, message }: Reflected) {
  const linked = services?.every((name) => resolved?.includes(name)) ?? false;
  return {
    data,
    linked,
    serving: Object.values(health).every((state) => state === SERVING),
    message,
  };
}

/** How long a client may wait for the end of an ordered stream. */
const ORDERED_LIMIT_MS = 10_000;

const PARAMETERS: Doc = {
  text: "x",
  number: 1.5,
  whole: 3,
  yes: true,
  none: null,
  list: [1, { a: 2 }],
  map: { k: "v" },
};

const hasZeroScore = ({ responses }: Posted): boolean =>
  JSON.stringify(responses[0]?.docs[0]?.["scores"]).includes('"zero":{"value":0');

const isCloseToVectors = ({ responses }: Posted): boolean =>
  Math.abs((responses[0]!.docs[1]!["embedding"] as { values: number[] }).values[0]! - 0.1) < 1e-7;

/** Jina's stream sometimes does not end here, and its client waits without end. */
function orderedCases(client: Client): readonly Case[] {
  const waits = makeDocs(20).map((doc, i) => ({ ...doc, tags: { wait: i % 3 === 0 ? 0.05 : 0 } }));
  const inOrder = (more: Doc): Doc => by(client, { results_in_order: true, ...more });
  const areOrdered = ({ responses = [] }: Partial<Posted>): boolean =>
    responses.length === 20 && responses.every(({ docs }, i) => docs[0]?.id === `d${i}`);
  const areDocs = ({ docs = [] }: { docs?: readonly { id: string }[] }): boolean =>
    docs.length === 7 && docs.every(({ id }, i) => id === `d${i}`);
  return [
    {
      name: `${client}: results_in_order`,
      ask: async (side) =>
        side.ask(makePost("/wait", waits, inOrder({ request_size: 1 })), ORDERED_LIMIT_MS),
      expect: areOrdered,
      deliberate: { reason: "ordered-stream", expect: areOrdered },
    },
    {
      name: `${client}: documents, not responses`,
      ask: async (side) =>
        side.ask(
          makePost("/mark", makeDocs(7), inOrder({ request_size: 3, return_responses: false })),
          ORDERED_LIMIT_MS,
        ),
      expect: areDocs,
      deliberate: { reason: "ordered-stream", expect: areDocs },
    },
  ];
}

/** The cases of each of the four clients. */
function eachClient(client: Client): readonly Case[] {
  const post = (name: string, endpoint: string, docs?: readonly Doc[], more: Doc = {}): Case =>
    postCase(`${client}: ${name}`, makePost(endpoint, docs, { ...by(client), ...more }));
  return [
    {
      name: `${client}: is_flow_ready`,
      ask: async (side) => side.ask({ op: "ready", ...by(client) }),
      expect: ({ ready }: { ready: boolean }) => ready,
    },
    {
      name: `${client}: profiling`,
      ask: async (side) => side.ask({ op: "profile", ...by(client) }),
      expect: ({ profiled }: { profiled?: boolean }) => profiled === true,
    },
    post("250 documents, 50 a request", "/mark", makeDocs(250), by(client, { request_size: 50 })),
    postCase(`${client}: every field of a document`, makePost("/mark", [FULL], by(client)), {
      deliberate: { reason: "zero-score", expect: hasZeroScore },
    }),
    post("a blob", "/echo", [BLOB]),
    postCase(
      `${client}: dense f4, f8, u1, matrix`,
      makePost("/echo", VECTORS, by(client)),
      client === "http" ? { deliberate: { reason: "json-numbers", expect: isCloseToVectors } } : {},
    ),
    post("parameters and __results__", "/results", makeDocs(2), { parameters: PARAMETERS }),
    post("no parameters", "/results", makeDocs(1)),
    post("no documents", "/results"),
    post("per-executor parameters", "/results", makeDocs(1), {
      parameters: { first__k: 1, second__k: 2, k: 3, second: { nested: 4 } },
    }),
    post("matches and scores", "/match", makeDocs(2)),
    post("new documents instead", "/replace", makeDocs(3)),
    post("no documents in the answer", "/none", makeDocs(2)),
    post("an endpoint that no executor binds", "/nobody", makeDocs(2)),
    ...orderedCases(client),
    postCase(
      `${client}: show_progress`,
      makePost("/mark", makeDocs(30), by(client, { request_size: 10, show_progress: true })),
    ),
    post("a generator as input", "/mark", makeDocs(12), {
      generator: true,
      ...by(client, { request_size: 5 }),
    }),
  ];
}

/** The cases that run once for gRPC and once for HTTP. */
function targetCases(client: Client): readonly Case[] {
  const job = (target: string, parameters: Doc = {}): Case =>
    postCase(
      `${client}: target_executor ${target}`,
      makePost("/mark", makeDocs(1), { ...by(client, { target_executor: target }), parameters }),
      client === "http"
        ? {
            deliberate: {
              reason: "http-skipped-node",
              expect: ({ responses }: Posted) => responses.length === 1,
            },
          }
        : {},
    );
  return [job("second"), job("f.*"), job("irst"), job("nobody")];
}

const holdsSparse = ({ responses }: Posted): boolean =>
  responses[0]?.docs.every(
    ({ embedding }) => (embedding as { places: unknown[] } | undefined)?.places.length === 3,
  ) ?? false;

/** Both flows run at the same time, so each one has its own port. */
function flowWithPort(port: string): string {
  return `jtype: Flow
with: {@listen}
executors:
  - {name: first, uses: @Twin, uses_with: {mark: one}, port: ${port}}
  - {name: second, uses: @Twin, uses_with: {mark: two}}
`;
}

export const CLIENT_SCENARIO: Scenario = {
  name: "clients",
  prepare: findExecutorPorts,
  flow: flowWithPort("@jina"),
  jflowFlow: flowWithPort("@jflow"),
  cases: [
    ...CLIENTS.flatMap(eachClient),
    ...CLIENTS.flatMap(targetCases),
    ...(["grpc stream", "grpc unary", "websocket"] as const).map((client) =>
      postCase(
        `${client}: sparse csr, coo, csc, bsr of 130,107 dimensions`,
        makePost("/echo", SPARSE, by(client)),
        {
          expect: holdsSparse,
          ...(client === "websocket"
            ? { deliberate: { reason: "websocket-sparse", expect: holdsSparse } }
            : {}),
        },
      ),
    ),
    postCase(
      "grpc stream: a target_executor that is not a valid regular expression",
      makePost("/mark", makeDocs(1), by("grpc stream", { target_executor: "(" })),
      {
        deliberate: {
          reason: "malformed",
          expect: ({ message = "" }: Posted) => message.includes("target_executor"),
        },
      },
    ),
    {
      name: "reflection and health, as grpcurl uses them",
      ask: async (side) =>
        tellReflection((await side.ask({ op: "reflect", request: REFLECTED })) as Reflected),
      expect: ({ data, linked, serving }: ReturnType<typeof tellReflection>) =>
        data !== undefined && linked && serving,
    },
    postCase(
      "grpc stream: prefetch 1",
      makePost("/mark", makeDocs(20), by("grpc stream", { request_size: 1, prefetch: 1 })),
    ),
    postCase(
      "grpc stream: compressed",
      makePost("/mark", makeDocs(5), by("grpc stream", { compression: "Gzip" })),
    ),
    ...PROBE_CASES,
    KEY_CASE,
  ],
};
