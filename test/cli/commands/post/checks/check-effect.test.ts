import { expect, test } from "vitest";
import {
  checkEffect,
  type PlannedPost,
} from "../../../../../src/cli/commands/post/checks/check-effect.ts";

function check(endpoint: string, rest: Partial<PlannedPost> = {}): readonly string[] {
  const plan = { endpoint, hasInput: false, limit: undefined, isReplacing: false, parameters: {} };
  return checkEffect({ ...plan, ...rest });
}

test.each(["/search", "/index", "/update", "/encode"])(
  "%s without documents is refused",
  (endpoint) => {
    expect(() => check(endpoint, { parameters: { limit: 3 } })).toThrow(
      `no input for ${endpoint}: use --text "..." or --input data.jsonl`,
    );
    expect(check(endpoint, { hasInput: true })).toEqual([]);
  },
);

test.each(["/delete", "/get"])("%s needs documents or ids, and warns about no ids", (endpoint) => {
  expect(() => check(endpoint)).toThrow(`no input for ${endpoint}`);
  expect(check(endpoint, { parameters: { ids: ["a"] } })).toEqual([]);
  expect(check(endpoint, { parameters: { ids: [] } })).toEqual([
    `warning: ids is empty: ${endpoint} has no documents to work on`,
  ]);
});

test("/delete takes a filter in place of documents and ids, and /get does not", () => {
  const parameters = { filter: { year: 2019 } };
  expect(check("/delete", { parameters })).toEqual([]);
  expect(() => check("/get", { parameters })).toThrow("no input for /get");
  expect(() => check("/delete")).toThrow("--param 'filter={...}'");
});

test.each(["/status", "/filter", "/clear", "/my_own"])("%s needs no documents", (endpoint) => {
  expect(check(endpoint)).toEqual([]);
});

test.each(["/search", "/filter"])(
  "--limit of %s names the options that bound results",
  (endpoint) => {
    expect(() => check(endpoint, { hasInput: true, limit: 3 })).toThrow(
      'use --param limit=3, or jflow search "text" -n 3',
    );
    expect(check("/index", { hasInput: true, limit: 3 })).toEqual([]);
  },
);

test("--replace is refused for an endpoint on which it has no effect", () => {
  expect(check("/update", { hasInput: true, isReplacing: true })).toEqual([]);
  expect(() => check("/index", { hasInput: true, isReplacing: true })).toThrow(
    "--replace changes what /update does, not /index",
  );
});
