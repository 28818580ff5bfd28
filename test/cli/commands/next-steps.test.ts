import { describe, expect, test } from "vitest";
import { listNextSteps } from "../../../src/cli/commands/run/next-steps.ts";

const TEXT_INDEX = ["/default", "/index", "/search", "/_locate"];

describe("the next steps after up name endpoints and files that exist", () => {
  test.each([
    {
      flow: "a text index with a data file",
      options: { endpoints: TEXT_INDEX, dataFile: "data.jsonl" },
      steps: ["post /index --input data.jsonl", 'search "some words"'],
    },
    {
      flow: "an index of vectors, which no executor makes of texts",
      options: { endpoints: ["/index", "/search"], dataFile: "my rows.csv" },
      steps: ["post /index --input 'my rows.csv'"],
    },
    {
      flow: "an index without a data file",
      options: { endpoints: ["/_locate", "/index", "/search"], dataFile: undefined },
      steps: ['post /index --text "hello"'],
    },
    {
      flow: "an executor without /index",
      options: { endpoints: ["/default", "/shout"], dataFile: "data.jsonl" },
      steps: ['post /shout --text "hello"'],
    },
    {
      flow: "executors that bind only /default",
      options: { endpoints: ["/default"], dataFile: undefined },
      steps: ['post /default --text "hello"'],
    },
    {
      flow: "executors whose endpoints are not known",
      options: { endpoints: [], dataFile: "data.jsonl" },
      steps: [],
    },
  ])("$flow", ({ options, steps }) => {
    const found = listNextSteps({ ...options, flowFile: undefined, isDetached: true });
    expect(found).toEqual([...steps, "ps", "down"].map((step) => `jflow ${step}`));
  });

  test("a flow that commands do not find themselves is named, and only a detached flow is stopped", () => {
    const options = { endpoints: ["/shout"], dataFile: undefined, flowFile: "b/my.yml" };
    expect(listNextSteps({ ...options, isDetached: false })).toEqual([
      'jflow post /shout --text "hello" -f b/my.yml',
      "jflow ps -f b/my.yml",
    ]);
  });
});

test("a flow in the background that takes saved files has its events as a next step", () => {
  const options = { endpoints: [], dataFile: undefined, flowFile: undefined };
  const steps = listNextSteps({ ...options, isDetached: true, isWatched: true });
  expect(steps).toEqual(["jflow ps", "jflow events --follow", "jflow down"]);
  expect(listNextSteps({ ...options, isDetached: false, isWatched: true })).toEqual(["jflow ps"]);
});
