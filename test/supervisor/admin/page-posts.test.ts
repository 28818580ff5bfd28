import { expect, test } from "vitest";
import type { Topology } from "../../../src/model/topology.ts";
import { whyNotRead } from "../../../src/supervisor/admin/page-posts.ts";
import { PageToken } from "../../../src/supervisor/admin/page-token.ts";
import {
  readPageCommand,
  readPageSearch,
} from "../../../src/supervisor/admin/read-page-request.ts";

const TOPOLOGY = {
  deployments: [
    { name: "encoder", endpoints: ["/search", "/mail"], writes: [], stateful: false },
    { name: "index", endpoints: ["/search", "/get", "/index"], writes: ["/index"], stateful: true },
  ],
} as unknown as Topology;

test.for([
  { endpoint: "/search", why: undefined },
  { endpoint: "/get", why: undefined },
  { endpoint: "/index", why: "/index writes: the page only reads" },
  { endpoint: "/mail", why: "no executor with state declares /mail as a read" },
  { endpoint: "/other", why: "no executor with state declares /other as a read" },
])("the page asks $endpoint: $why", ({ endpoint, why }) => {
  expect(whyNotRead(endpoint, TOPOLOGY)).toBe(why);
});

test("/search is not asked if an executor declares it as a write", () => {
  const deployments = [{ name: "x", endpoints: ["/search"], writes: ["/search"], stateful: true }];
  expect(whyNotRead("/search", { deployments } as unknown as Topology)).toContain("writes");
});

test("only the whole token is accepted, and each supervisor has its own", () => {
  const token = new PageToken();
  expect(token.accepts(`Bearer ${token.value}`)).toBe(true);
  for (const header of [undefined, "", token.value, `Bearer ${token.value}x`, "Bearer "])
    expect(token.accepts(header), String(header)).toBe(false);
  expect(new PageToken().accepts(`Bearer ${token.value}`)).toBe(false);
});

test("a search and a command are read", () => {
  const search = { endpoint: "/search", text: "shoe", limit: 10 };
  expect(readPageSearch(JSON.stringify(search))).toEqual(search);
  for (const command of [
    { ask: "restart", addresses: ["index/0/1"] },
    { ask: "scale", replicas: { index: 2 } },
  ])
    expect(readPageCommand(JSON.stringify(command))).toEqual(command);
});

test.for([
  { body: "{", error: "not valid JSON" },
  { body: '{"endpoint":"search","text":"a","limit":1}', error: "endpoint" },
  { body: '{"endpoint":"/search","text":"","limit":1}', error: "text" },
  { body: '{"endpoint":"/search","text":"a","limit":1000}', error: "limit" },
  { body: '{"endpoint":"/search","text":"a","limit":1,"filter":{}}', error: "filter" },
])("a search $body is refused: $error", ({ body, error }) => {
  expect(() => readPageSearch(body)).toThrow(error);
});

test.for([
  { body: '{"ask":"down"}', error: "ask" },
  { body: '{"ask":"restart","addresses":[]}', error: "addresses" },
  { body: '{"ask":"restart","addresses":["a"],"allAtOnce":true}', error: "allAtOnce" },
  { body: '{"ask":"scale","replicas":{"index":0}}', error: "index" },
])("a command $body is refused: $error", ({ body, error }) => {
  expect(() => readPageCommand(body)).toThrow(error);
});
