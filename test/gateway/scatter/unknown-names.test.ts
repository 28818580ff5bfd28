import { expect, test } from "vitest";
import {
  hideUnknownNames,
  warnOfUnknownNames,
} from "../../../src/gateway/scatter/unknown-names.ts";
import type { ShardOutcome } from "../../../src/gateway/scatter/shard-outcomes.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";

/** The answer of one shard with this result of its index. */
function answer(shard: number, result: object): ShardOutcome {
  const parameters = { __results__: { [`index/shard-${shard}/rep-0`]: result } };
  const response = DataRequest.make({
    header: { requestId: "r", execEndpoint: "/filter", targetExecutor: "" },
    parameters,
  });
  const copies = { total: 1, successful: 1, failed: 0 };
  return { kind: "answered", shard, address: `index/${shard}/0`, response, copies };
}

const unknown = (names: string[], tags: string[]): object => ({ unknown_names: { names, tags } });

test("a name that no shard has is a warning with the closest tag of all shards", () => {
  const outcomes = [
    answer(0, unknown(["pric", "siz"], ["maker"])),
    answer(1, unknown(["pric"], ["price", "maker"])),
  ];
  expect(warnOfUnknownNames(outcomes)).toEqual([
    'no document has "pric" of the filter: did you mean "price"?',
  ]);
});

test("without a close tag, the tags are listed", () => {
  const tags = Array.from({ length: 9 }, (_, i) => `tag${i}`);
  expect(warnOfUnknownNames([answer(0, unknown(["colour"], tags))])).toEqual([
    `no document has "colour" of the filter: the tags are ${tags.slice(0, 8).join(", ")}, ...`,
  ]);
  expect(warnOfUnknownNames([answer(0, unknown(["colour"], []))])).toEqual([
    'no document has "colour" of the filter',
  ]);
});

test("a name that one shard has, or that a failed shard may have, is no warning", () => {
  const outcomes = [answer(0, unknown(["pric"], [])), answer(1, {})];
  expect(warnOfUnknownNames(outcomes)).toEqual([]);
});

test("clients do not get the report of an index, and get its other results", () => {
  const report = unknown(["pric"], ["price"]);
  const results = { a: report, b: { deleted: 0, ...report }, c: { deleted: 1 }, d: 5 };
  expect(hideUnknownNames(results)).toEqual({ b: { deleted: 0 }, c: { deleted: 1 }, d: 5 });
});
