import { expect, test } from "vitest";
import { statusToJson } from "../../../src/gateway/fronts/json/answer-json.ts";
import { decodeStatus, encodeStatus } from "../../../src/wire/jina/messages/header.ts";

const exception = {
  name: "TypeError",
  args: ["no map"],
  stacks: ["at Shout.shout"],
  executor: "Shout",
  replica: "shout/0/0",
};

test("the replica of an exception travels over gRPC, and is not in Jina's JSON", () => {
  const status = decodeStatus(encodeStatus({ code: "ERROR", description: "no map", exception }));
  expect(status.exception).toEqual(exception);
  expect(Object.keys(statusToJson(status)["exception"] as object)).toEqual([
    "name",
    "args",
    "stacks",
    "executor",
  ]);
});
