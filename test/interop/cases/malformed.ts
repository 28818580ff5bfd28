import { connect } from "node:net";
import { once } from "node:events";
import type { Case, Scenario } from "../case.ts";
import type { Side } from "../side.ts";
import { by, makeDocs, makePost, type Posted } from "./asking.ts";
import { sendHttp } from "./web.ts";
import { GOOD } from "./websocket.ts";

const UNARY = "/jina.JinaSingleDataRequestRPC/process_single_data";
const STREAM = "/jina.JinaRPC/Call";
/** A truncated header, a field with an excessive length, and a text that is not valid UTF-8. */
const CUT = "0aff";
const OVERLONG = "22ffffffff0f";
const BAD_TEXT = "0a041a02fffe";

interface Outcome {
  readonly code?: string;
  readonly status?: number;
  readonly description?: string;
  readonly details?: string;
}

/**
 * Sends a malformed request while another client's stream runs. Returns the error of the former and
 * whether the latter was disturbed.
 */
function disturb(
  name: string,
  wrong: (side: Side) => Promise<unknown>,
  expect: (told: never) => boolean,
): Case {
  return {
    name,
    ask: async (side) => {
      const slow = makeDocs(12).map((doc) => ({ ...doc, tags: { wait: 0.05 } }));
      const other = side.ask(makePost("/wait", slow, by("grpc stream", { request_size: 1 })));
      const told = await wrong(side);
      const { responses = [] } = (await other) as Partial<Posted>;
      return { other: responses.filter(({ status }) => status.code === 0).length, told };
    },
    deliberate: {
      reason: "malformed",
      expect: ({ other, told }: { other: number; told: never }) => other === 12 && expect(told),
    },
    expect: ({ other }: { other: number }) => other === 12,
  };
}

const raw =
  (more: Readonly<Record<string, unknown>>) =>
  async (side: Side): Promise<unknown> =>
    side.ask({ op: "raw", ...more });
const isRefused = (outcomes: readonly Outcome[]): boolean =>
  outcomes.every(
    ({ code, details = "" }) =>
      (code === "INVALID_ARGUMENT" || code === "RESOURCE_EXHAUSTED" || code === "UNIMPLEMENTED") &&
      details !== "",
  );

export const MALFORMED_SCENARIO: Scenario = {
  name: "malformed",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: first, uses: @Twin, replicas: 2}
`,
  cases: [
    disturb(
      "gRPC unary: truncated protobuf",
      raw({ method: UNARY, payloads: [CUT, OVERLONG] }),
      isRefused,
    ),
    disturb(
      "gRPC unary: text that is not UTF-8",
      raw({ method: UNARY, payloads: [BAD_TEXT] }),
      isRefused,
    ),
    disturb("gRPC unary: an empty message", raw({ method: UNARY, payloads: [""] }), isRefused),
    disturb(
      "gRPC stream: a truncated message among good ones",
      raw({ method: STREAM, stream: true, payloads: [GOOD, CUT, GOOD] }),
      (outcomes: readonly unknown[]) => outcomes.length === 3,
    ),
    disturb(
      "gRPC: an unknown method",
      raw({ method: "/jina.JinaRPC/Nothing", payloads: [GOOD] }),
      isRefused,
    ),
    disturb(
      "gRPC: an unknown endpoint",
      async (side) => side.ask(makePost("/nowhere", makeDocs(1))),
      ({ responses }: Posted) => responses.length === 1,
    ),
    disturb(
      "gRPC: a message of 130 MB",
      raw({ method: UNARY, payloads: [], sizes: [130 * 1024 * 1024] }),
      isRefused,
    ),
    disturb(
      "gRPC: a client that disconnects in the middle of its stream",
      async (side) => side.ask({ op: "vanish", payload: GOOD }),
      () => true,
    ),
    disturb(
      "HTTP: a body that is not UTF-8",
      async (side) =>
        (await sendHttp(side, "POST", "/post", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).status,
      (status: number) => status === 400,
    ),
    disturb(
      "HTTP: wrong types in a document",
      async (side) => {
        const documents = [
          { text: { a: 1 } },
          { tags: 5 },
          { embedding: "no" },
          { embedding: [[1], [1, 2]] },
          { chunks: 7 },
          5,
        ];
        const statuses = [];
        for (const document of documents)
          statuses.push(
            (
              await sendHttp(
                side,
                "POST",
                "/post",
                JSON.stringify({ data: [document], execEndpoint: "/echo" }),
              )
            ).status,
          );
        return statuses;
      },
      (statuses: readonly number[]) => statuses.every((status) => status === 422),
    ),
    disturb("HTTP: a body that stops in the middle", cutHttp, () => true),
    disturb(
      "WebSocket: truncated protobuf",
      raw({ op: "talk", protocol: "websocket", payloads: [CUT, GOOD, "00"] }),
      ({ count }: { count: number }) => count === 2,
    ),
    disturb(
      "WebSocket: a client that disconnects in the middle",
      raw({ op: "talk", protocol: "websocket", payloads: [GOOD], vanish: true }),
      () => true,
    ),
  ],
};

/** Announces more bytes than it sends, and disconnects. */
async function cutHttp(side: Side): Promise<unknown> {
  const socket = connect(side.ports.http, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    'POST /post HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"data"',
  );
  socket.destroy();
  return "gone";
}
