import { WebSocket } from "ws";
import type { Scenario } from "../case.ts";
import type { Side } from "../side.ts";
import { DOC, parse } from "./web.ts";

/** A request to `/mark` without documents, in hex. */
export const GOOD = "0a071a052f6d61726b";

/** The messages that a WebSocket client receives, and the close of the connection. */
async function talk(side: Side, messages: readonly string[], path = "/"): Promise<unknown> {
  const socket = new WebSocket(`ws://127.0.0.1:${side.ports.websocket}${path}`);
  const got: unknown[] = [];
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => socket.terminate(), 3000);
    let next = 0;
    const send = (): void => {
      const message = messages[next++];
      if (message !== undefined) socket.send(message);
      else if (path !== "/") socket.close();
    };
    socket.on("open", send);
    socket.on("message", (data: Buffer) => {
      got.push(parse(data.toString()));
      send();
    });
    socket.on("error", reject);
    socket.on("close", (code, reason) => {
      clearTimeout(limit);
      resolve({ got, code, reason: reason.toString() });
    });
  });
}

interface Talk {
  readonly got: readonly { readonly header?: { readonly status?: unknown } }[];
  readonly code: number;
}

export const WEBSOCKET_SCENARIO: Scenario = {
  name: "websocket text",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: first, uses: @Twin, uses_with: {mark: one}}
`,
  cases: [
    {
      name: "several requests, then {}",
      ask: async (side) =>
        talk(side, [
          JSON.stringify({ data: [DOC], exec_endpoint: "/mark" }),
          JSON.stringify({ data: [DOC], execEndpoint: "/results", parameters: { a: 1 } }),
          "{}",
        ]),
      expect: ({ got, code }: Talk) => got.length === 2 && code === 1000,
    },
    {
      name: "an executor throws",
      ask: async (side) => {
        const seen = (await talk(side, [
          JSON.stringify({ data: [{ id: "a", text: "fail" }], exec_endpoint: "/fail" }),
          "{}",
        ])) as Talk;
        return { code: seen.code, failed: seen.got[0]?.header?.status !== undefined };
      },
      expect: ({ failed }: { failed: boolean }) => failed,
    },
    {
      name: "/dry_run in text",
      ask: async (side) => talk(side, ["{}"], "/dry_run"),
      deliberate: { reason: "websocket-dry-run", expect: ({ got }: Talk) => got.length === 1 },
    },
    {
      name: "/dry_run in bytes",
      ask: async (side) =>
        side.ask({ op: "talk", protocol: "websocket", path: "/dry_run", payloads: [""] }),
      expect: ({ count }: { count: number }) => count === 1,
    },
    {
      name: "the end of input directly after a request: the answer comes before the close",
      ask: async (side) => side.ask({ op: "talk", protocol: "websocket", payloads: [GOOD, "00"] }),
      expect: ({ count }: { count: number }) => count === 1,
    },
    {
      name: "text that is not valid JSON",
      ask: async (side) => talk(side, ["{", "{}"]),
      deliberate: {
        reason: "malformed",
        expect: ({ got, code }: Talk) => got.length === 1 && code === 1000,
      },
    },
    {
      name: "an object of wrong types",
      ask: async (side) => talk(side, ['{"data": 5, "exec_endpoint": "/mark"}', "{}"]),
      deliberate: {
        reason: "malformed",
        expect: ({ got, code }: Talk) => got.length === 1 && code === 1000,
      },
    },
  ],
};
