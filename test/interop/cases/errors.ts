import type { Case, Scenario } from "../case.ts";
import type { Side } from "../side.ts";
import { by, CLIENTS, makeDocs, makePost, type Client, type Doc, type Posted } from "./asking.ts";

/** Three documents in one request each; the twin rejects the second. */
const MIXED: readonly Doc[] = [
  { id: "d0", text: "fine" },
  { id: "d1", text: "fail" },
  { id: "d2", text: "fine" },
];
const FAIL: readonly Doc[] = [{ id: "d0", text: "fail" }];

function ask(
  job: Parameters<Side["ask"]>[0],
  keep: (answer: Posted) => unknown = (answer) => answer,
): Case["ask"] {
  return async (side) => keep((await side.ask(job)) as Posted);
}

/** Sorts callbacks by name and document: they arrive in any order. */
function sortCallbacks({ callbacks, ...rest }: Posted): unknown {
  const key = ([name, response]: Posted["callbacks"][number]): string =>
    `${response?.docs[0]?.id} ${name}`;
  return {
    ...rest,
    callbacks: callbacks.toSorted((left, right) => key(left).localeCompare(key(right))),
  };
}

function eachClient(client: Client): readonly Case[] {
  const one = (options: Doc = {}): Doc => by(client, { request_size: 1, ...options });
  return [
    {
      name: `${client}: an executor throws`,
      ask: ask(makePost("/fail", FAIL, one()), ({ raised, message = "" }) => ({
        raised,
        tellsName: message.includes("TwinError") && message.includes("told to fail"),
      })),
      expect: ({ tellsName }: { tellsName: boolean }) => tellsName,
      ...(client === "websocket"
        ? {
            deliberate: {
              reason: "websocket-close",
              expect: ({ raised }: Posted) => raised === "BadServer",
            },
          }
        : {}),
    },
    {
      name: `${client}: continue_on_error returns the answer with its status`,
      ask: ask(makePost("/fail", FAIL, one({ continue_on_error: true }))),
      expect: ({ responses }: Posted) =>
        responses[0]?.status.code === 1 && responses[0].routes.length === 2,
    },
    {
      name: `${client}: on_done, on_error and on_always`,
      ask: ask(
        makePost("/fail", MIXED, { ...one(), callbacks: ["on_done", "on_error", "on_always"] }),
        sortCallbacks,
      ),
      expect: ({ callbacks }: Posted) => callbacks.length === 6,
    },
    {
      name: `${client}: a callback throws`,
      ask: ask(
        makePost("/mark", makeDocs(1), {
          ...one(),
          callbacks: ["on_done"],
          callback_raises: "on_done",
        }),
        ({ raised }) => ({ raised }),
      ),
      expect: ({ raised }: Posted) => client === "websocket" || raised === "BadClientCallback",
      ...(client === "websocket"
        ? { deliberate: { reason: "websocket-close", expect: () => true } }
        : {}),
    },
    {
      name: `${client}: an executor throws on no documents`,
      ask: ask(makePost("/fail", undefined, one({ continue_on_error: true }))),
      expect: ({ responses }: Posted) => responses[0]?.status.code === 1,
    },
  ];
}

export const ERROR_SCENARIO: Scenario = {
  name: "errors",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: first, uses: @Twin, uses_with: {mark: one}}
  - {name: second, uses: @Twin, uses_with: {mark: two}}
  - {name: narrow, uses: @Narrow}
  - {name: catches, uses: @Catch}
`,
  cases: [
    ...CLIENTS.flatMap(eachClient),
    ...["/only", "/known", "/unknown", "only", ""].map((endpoint): Case => ({
      name: `which executors bind "${endpoint}"`,
      ask: async (side) => {
        // The first answer depends on whether discovery is done; the second does not.
        await side.ask(makePost(endpoint, makeDocs(1)));
        return side.ask(makePost(endpoint, makeDocs(1)));
      },
    })),
  ],
};
