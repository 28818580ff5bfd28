import type { Difference } from "../../allowed-fields.ts";
import type { Case } from "../../case.ts";
import { sendHttp } from "../web.ts";

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A case of one request. `seen` of an answer holds the types that the executor received. */
function http(
  name: string,
  [path, body]: readonly [path: string, body: string],
  more: Partial<Case> = {},
): Case {
  return {
    name: `raw http: ${name}`,
    ask: async (side) => sendHttp(side, "POST", path, body),
    ...more,
  };
}

const see = (fields: string): readonly [string, string] => [
  "/see",
  `{"data":[{"id":"x",${fields}}]}`,
];
const ends = (status: number): Partial<Case> => ({
  expect: (reply: Reply) => reply.status === status,
});
const departs = (reason: Difference, status: number): Partial<Case> => ({
  deliberate: { reason, expect: (reply: Reply) => reply.status === status },
});
const refused = departs("docarray-2-malformed", 422);
/** Hides the generated ids of documents without an id. */
const withId: Partial<Case> = {
  deliberate: {
    reason: "docarray-2-no-id",
    expect: ({ body }: Reply) => (body as { data: { id: unknown }[] }).data[0]?.id === "<id>",
  },
};

const MANY = Array.from({ length: 150 }, (_, i) => `{"id":"${i}"}`).join(",");
const all: Partial<Case> = {
  deliberate: {
    reason: "docarray-2-hundred",
    expect: ({ body }: Reply) => (body as { data: unknown[] }).data.length === 150,
  },
};

/** Requests without Jina's client to the flow of `KINDS_V2_SCENARIO`. */
export const RAW_CASES: readonly Case[] = [
  http(
    "whole numbers and floats keep their types",
    see(
      '"number":1,"vector":[1,2],"tensor":[1.0,2.0],"weights":[1,2.0],"anything":[1,1.0,"a",null,{"b":2.0}],"tags":{"a":1,"b":1.0}',
    ),
    ends(200),
  ),
  http(
    "numbers as text, text as a number",
    see('"number":"7","is_new":"true","price":"2.5","title":4'),
    ends(200),
  ),
  http(
    "names of JavaScript's own properties",
    see('"tags":{"__proto__":1,"constructor":{"a":1}}'),
    ends(200),
  ),
  http(
    "the smallest and largest floats",
    see('"price":1e400,"weights":[-0.0,5e-324,9007199254740993]'),
    ends(200),
  ),
  http("NaN and infinity", see('"price":"NaN","weights":["Infinity"]'), ends(200)),
  http("booleans in a tensor", see('"vector":[true,false],"tensor":[[true,2],[0,1]]'), ends(200)),
  http("empty tensors", see('"vector":[],"tensor":[[],[]]'), ends(200)),
  http("one document instead of a list", ["/see", '{"data":{"id":"one","title":"t"}}'], ends(200)),
  http(
    "a client's header and an unknown field",
    [
      "/echo",
      '{"data":[{"id":"x","more":5}],"header":{"requestId":"req1","targetExecutor":"kinds"},"parameters":{"a":1}}',
    ],
    ends(200),
  ),
  http("no documents", ["/echo", '{"data":[]}'], ends(200)),
  http("a tensor of another shape", see('"matrix":[1,2]'), ends(499)),
  http("a text of a Literal that it lacks", see('"letter":"z"'), ends(499)),
  http("an executor throws", ["/fail", '{"data":[{"id":"x","text":"t"}]}'], ends(499)),
  http("an endpoint that no executor binds", ["/nobody", '{"data":[{"id":"x"}]}'], ends(404)),
  http("parameters of a wrong type", ["/echo", '{"data":[],"parameters":[1]}'], refused),
  http("data of a wrong type", ["/echo", '{"data":5}'], refused),
  http("a body that is not an object", ["/echo", "[]"], refused),
  http("a body that is not valid JSON", ["/echo", '{"data":'], departs("malformed", 400)),
  http("without data", ["/echo", "{}"], departs("empty-body", 200)),
  http("a text where a whole number is due", see('"number":"seven"'), refused),
  http("a fraction where a whole number is due", see('"number":3.5'), refused),
  http("a whole number of more than 32 bits", see('"number":5000000000'), refused),
  http("a number where a tensor is due", see('"vector":5'), refused),
  http("a tensor of unequal rows", see('"vector":[[1,2],[3]]'), refused),
  http("a number where a document is due", see('"inner":5'), refused),
  http("null in a tensor", see('"vector":[null,1]'), departs("docarray-2-malformed", 200)),
  http(
    "bytes that are not text",
    ["/bytes", '{"data":[{"id":"x"}]}'],
    departs("docarray-2-malformed", 200),
  ),
  http("more than a hundred documents", ["/echo", `{"data":[${MANY}]}`], all),
  http("without an id", ["/echo", '{"data":[{"title":"t"}]}'], withId),
];
