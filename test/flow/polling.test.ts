import { describe, expect, test } from "vitest";
import {
  effectivePolling,
  type DescribedPolling,
  type StatedPolling,
} from "../../src/flow/flow.ts";

const CUSTOM: DescribedPolling = {
  endpoints: ["/custom", "/index", "/search"],
  writes: [],
  polling: {},
};
const INDEXER: DescribedPolling = {
  endpoints: ["/delete", "/get", "/index", "/search", "/status", "/update"],
  writes: ["/delete", "/index", "/update"],
  polling: { "/get": "HASH", "/status": "ALL" },
};

function table(
  polling: StatedPolling | undefined,
  described: DescribedPolling,
): Record<string, string> {
  return effectivePolling(polling === undefined ? {} : { polling }, described);
}

describe("an executor without writes has Jina's defaults", () => {
  test.each([
    {
      name: "no polling",
      polling: undefined,
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ANY", "*": "ANY" },
    },
    {
      name: "ANY as a single word",
      polling: "ANY",
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ANY", "*": "ANY" },
    },
    {
      name: "ALL as a single word",
      polling: "ALL",
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ALL", "*": "ALL" },
    },
    {
      name: "* changes neither /index nor /search",
      polling: { "*": "ALL" },
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ALL", "*": "ALL" },
    },
    {
      name: "an endpoint's own entry wins",
      polling: { "/custom": "ALL", "/search": "ANY", "*": "ANY" },
      want: { "/index": "ANY", "/search": "ANY", "/custom": "ALL", "*": "ANY" },
    },
    {
      name: "HASH for one endpoint",
      polling: { "/custom": "HASH" },
      want: { "/index": "ANY", "/search": "ALL", "/custom": "HASH", "*": "ANY" },
    },
  ] as const)("$name", ({ polling, want }) => {
    expect(table(polling, CUSTOM)).toEqual(want);
  });
});

describe("write endpoints send each document to its own shard", () => {
  const usual = {
    "/delete": "HASH",
    "/get": "HASH",
    "/index": "HASH",
    "/search": "ALL",
    "/status": "ALL",
    "/update": "HASH",
  };

  test.each([
    { name: "no polling", polling: undefined, want: { ...usual, "*": "ANY" } },
    {
      name: "a single word changes neither writes nor the executor's defaults",
      polling: "ALL",
      want: { ...usual, "*": "ALL" },
    },
    {
      name: "* changes neither writes nor the executor's defaults",
      polling: { "*": "ANY" },
      want: { ...usual, "*": "ANY" },
    },
    {
      name: "an entry ALL of a write endpoint changes only this endpoint",
      polling: { "/update": "ALL" },
      want: { ...usual, "/update": "ALL", "*": "ANY" },
    },
    {
      name: "ANY for one write endpoint makes other writes and reads by id ask all shards",
      polling: { "/index": "ANY", "/search": "ALL", "*": "ANY" },
      want: {
        "/delete": "ALL",
        "/get": "ALL",
        "/index": "ANY",
        "/search": "ALL",
        "/status": "ALL",
        "/update": "ALL",
        "*": "ANY",
      },
    },
    {
      name: "an own entry keeps other writes from asking all shards",
      polling: { "/index": "ANY", "/delete": "HASH", "/get": "ANY" },
      want: {
        "/delete": "HASH",
        "/get": "ANY",
        "/index": "ANY",
        "/search": "ALL",
        "/status": "ALL",
        "/update": "ALL",
        "*": "ANY",
      },
    },
  ] as const)("$name", ({ polling, want }) => {
    expect(table(polling, INDEXER)).toEqual(want);
  });

  test.each([
    { name: "no polling", polling: undefined, read: "HASH" },
    { name: "one word", polling: "ALL", read: "ALL" },
    { name: "an entry ANY of a write", polling: { "/index": "ANY" }, read: "ALL" },
    { name: "an entry for the read", polling: { "/read": "ANY" }, read: "ANY" },
    { name: "an entry for the rest", polling: { "*": "ANY" }, read: "ANY" },
  ] as const)("a read without a default asks for each document: $name", ({ polling, read }) => {
    const described: DescribedPolling = {
      endpoints: ["/index", "/read"],
      writes: ["/index"],
      polling: {},
    };
    expect(table(polling, described)["/read"]).toBe(read);
  });

  test("a read at /default of an executor with writes asks for each document", () => {
    const described: DescribedPolling = {
      endpoints: ["/default", "/index"],
      writes: ["/index"],
      polling: {},
    };
    expect(table(undefined, described)["*"]).toBe("HASH");
  });

  test("an executor whose /default writes treats every unbound endpoint as a write", () => {
    const described: DescribedPolling = {
      endpoints: ["/default", "/search"],
      writes: ["/default"],
      polling: {},
    };
    expect(table(undefined, described)).toEqual({
      "/default": "HASH",
      "/index": "HASH",
      "/search": "ALL",
      "*": "HASH",
    });
  });
});

test("an executor that binds /default, or is not described, has polling for /index and /search", () => {
  expect(table(undefined, { endpoints: ["/default"], writes: [], polling: {} })).toEqual({
    "/default": "ANY",
    "/index": "ANY",
    "/search": "ALL",
    "*": "ANY",
  });
  expect(table("ALL", { endpoints: [], writes: [], polling: {} })).toEqual({
    "/index": "ANY",
    "/search": "ALL",
    "*": "ALL",
  });
});
