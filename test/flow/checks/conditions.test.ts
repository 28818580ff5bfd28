import { describe, expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

const OPERATORS =
  "known operators: $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $regex, $size, $exists, $and, $or, $not";

function ofCondition(condition: string): readonly string[] {
  return findings(`executors:\n  - when: ${condition}\n`);
}

describe("when", () => {
  test.each([
    "{ tags__a: { $eq: 1 } }",
    "{ tags__a__b: x }",
    "{ $or: [{ text: { $regex: ^a } }, { $not: { embedding: { $exists: true } } }] }",
    "{ id: { $in: [a, b] }, tags__list: { $size: 2 } }",
  ])("%s is a valid condition", (condition) => {
    expect(ofCondition(condition)).toEqual([]);
  });

  test.each([
    {
      condition: "{ tags__a: { $gtt: 1 } }",
      want: '2:24 error [invalid-value] when: unknown operator "$gtt" | did you mean "$gt"?',
    },
    {
      condition: "{ $where: process.exit() }",
      want: `2:13 error [invalid-value] when: unknown operator "$where" | ${OPERATORS}`,
    },
    {
      condition: "{ $and: { a: 1 } }",
      want: '2:13 error [invalid-value] when: "$and" expects a list of conditions',
    },
    {
      condition: '{ $or: [{ text: { $regex: "(" } }] }',
      want: '2:29 error [invalid-value] when: "(" is not a valid regular expression',
    },
  ])("$condition is refused with its location", ({ condition, want }) => {
    expect(ofCondition(condition)).toEqual([want]);
  });
});

describe("retries", () => {
  test("of the gateway are the default of every executor", () => {
    const flow = readGood(
      "with: { retries: 2 }\nexecutors:\n  - {}\n  - retries: 0\n  - retries: -1\n",
    );
    expect(flow.deployments.map(({ retries }) => retries)).toEqual([2, 0, -1]);
  });
});

test("no_reduce and disable_reduce are the same key", () => {
  const flow = readGood("executors:\n  - no_reduce: true\n  - disable_reduce: true\n  - {}\n");
  expect(flow.deployments.map(({ noReduce }) => noReduce)).toEqual([true, true, false]);
});
