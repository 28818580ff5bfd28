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

describe("an executor without writes polls as Jina's table says", () => {
  test.each([
    {
      name: "nothing stated",
      polling: undefined,
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ANY", "*": "ANY" },
    },
    {
      name: "ANY as a string",
      polling: "ANY",
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ANY", "*": "ANY" },
    },
    {
      name: "ALL as a string",
      polling: "ALL",
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ALL", "*": "ALL" },
    },
    {
      name: "* changes neither /index nor /search",
      polling: { "*": "ALL" },
      want: { "/index": "ANY", "/search": "ALL", "/custom": "ALL", "*": "ALL" },
    },
    {
      name: "names win",
      polling: { "/custom": "ALL", "/search": "ANY", "*": "ANY" },
      want: { "/index": "ANY", "/search": "ANY", "/custom": "ALL", "*": "ANY" },
    },
    {
      name: "HASH by name",
      polling: { "/custom": "HASH" },
      want: { "/index": "ANY", "/search": "ALL", "/custom": "HASH", "*": "ANY" },
    },
  ] as const)("$name", ({ polling, want }) => {
    expect(table(polling, CUSTOM)).toEqual(want);
  });
});

describe("write endpoints go to each document's own shard", () => {
  const usual = {
    "/delete": "HASH",
    "/get": "HASH",
    "/index": "HASH",
    "/search": "ALL",
    "/status": "ALL",
    "/update": "HASH",
  };

  test.each([
    { name: "nothing stated", polling: undefined, want: { ...usual, "*": "ANY" } },
    {
      name: "a string changes no write and no default of the executor's own",
      polling: "ALL",
      want: { ...usual, "*": "ALL" },
    },
    { name: "neither does *", polling: { "*": "ANY" }, want: { ...usual, "*": "ANY" } },
    {
      name: "a write endpoint that is named ALL is alone in it",
      polling: { "/update": "ALL" },
      want: { ...usual, "/update": "ALL", "*": "ANY" },
    },
    {
      name: "one write endpoint set to ANY makes the others, and reads by id, ask all shards",
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
      name: "unless they are named as well",
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

  test("an executor that writes in /default writes in every endpoint it does not bind", () => {
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

test("an executor that binds /default, or is not described, may be asked for /index and /search", () => {
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
