import type { Difference } from "../../allowed-fields.ts";
import type { Case } from "../../case.ts";
import { sendHttp } from "../web.ts";

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A case of one request; `seen` of an answer tells the types that the executor got. */
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
/** Ids are made up where there are none. */
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

/** Requests without a client of Jina's, to the flow of `KINDS_TWO_SCENARIO`. */
export const RAW_CASES: readonly Case[] = [
  http(
    "whole numbers and floats stay what they are",
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
    "names that JavaScript has for itself",
    see('"tags":{"__proto__":1,"constructor":{"a":1}}'),
    ends(200),
  ),
  http(
    "the ends of floats",
    see('"price":1e400,"weights":[-0.0,5e-324,9007199254740993]'),
    ends(200),
  ),
  http("floats that are none", see('"price":"NaN","weights":["Infinity"]'), ends(200)),
  http(
    "truth values in a tensor",
    see('"vector":[true,false],"tensor":[[true,2],[0,1]]'),
    ends(200),
  ),
  http("empty tensors", see('"vector":[],"tensor":[[],[]]'), ends(200)),
  http("one document instead of a list", ["/see", '{"data":{"id":"one","title":"t"}}'], ends(200)),
  http(
    "a header of its own, and a field that no type has",
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
  http("an endpoint that nobody binds", ["/nobody", '{"data":[{"id":"x"}]}'], ends(404)),
  http("parameters of a wrong type", ["/echo", '{"data":[],"parameters":[1]}'], refused),
  http("data of a wrong type", ["/echo", '{"data":5}'], refused),
  http("a body that is no object", ["/echo", "[]"], refused),
  http("a body that is no JSON", ["/echo", '{"data":'], departs("malformed", 400)),
  http("without data", ["/echo", "{}"], departs("empty-body", 200)),
  http("a text where a whole number is due", see('"number":"seven"'), refused),
  http("a fraction where a whole number is due", see('"number":3.5'), refused),
  http("a whole number of more than 32 bits", see('"number":5000000000'), refused),
  http("a number where a tensor is due", see('"vector":5'), refused),
  http("a tensor of unequal rows", see('"vector":[[1,2],[3]]'), refused),
  http("a number where a document is due", see('"inner":5'), refused),
  http("null in a tensor", see('"vector":[null,1]'), departs("docarray-2-malformed", 200)),
  http(
    "bytes that are no text",
    ["/bytes", '{"data":[{"id":"x"}]}'],
    departs("docarray-2-malformed", 200),
  ),
  http("more than a hundred documents", ["/echo", `{"data":[${MANY}]}`], all),
  http("without an id", ["/echo", '{"data":[{"title":"t"}]}'], withId),
];
