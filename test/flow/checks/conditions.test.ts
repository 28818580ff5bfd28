import { describe, expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

const OPERATORS =
  "known operators: $eq, $ne, $neq, $gt, $gte, $lt, $lte, $in, $nin, $all, $regex, $size, $exists, $mod, $type, $options, $elemMatch, $and, $or, $nor, $not";

function ofCondition(condition: string): readonly string[] {
  return findings(`executors:\n  - when: ${condition}\n`);
}

describe("when", () => {
  test.each([
    "{ tags__a: { $eq: 1 } }",
    "{ tags__a__b: x }",
    "{ $or: [{ text: { $regex: ^a } }, { $not: { embedding: { $exists: true } } }] }",
    "{ id: { $in: [a, b] }, tags__list: { $size: 2 } }",
    "{ tags__x: { $neq: 1 } }",
    "{ $and: { tags__x: { $gt: 1 }, text: { $eq: a } } }",
    "{ text: { $or: [{ text: { $eq: a } }, { text: { $eq: b } }] } }",
    "{ text: { $eq: '{tags__name}' } }",
    "{ text: { $regex: hello, $options: i } }",
  ])("%s is a valid condition", (condition) => {
    expect(ofCondition(condition)).toEqual([]);
  });

  test.each([
    {
      condition: "{ tags__a: { $gtt: 1 } }",
      want: `2:24 error [invalid-value] when: unknown operator "$gtt" | did you mean "$gt"? ${OPERATORS}`,
    },
    {
      condition: "{ $where: process.exit() }",
      want: `2:13 error [invalid-value] when: unknown operator "$where" | ${OPERATORS}`,
    },
    {
      condition: "{ $and: 1 }",
      want: '2:13 error [invalid-value] when: "$and" expects a list of conditions',
    },
    {
      condition: "{ text: { $eq: '{a} or {b}' } }",
      want: '2:21 error [invalid-value] when: "{a} or {b}" is not a placeholder | a text that starts with { names one field, such as {tags__name}',
    },
    {
      condition: "{ text: { $regex: a++b } }",
      want: '2:21 error [invalid-value] when: "$regex" cannot take "a++b": possessive quantifiers are not supported: write +',
    },
    {
      condition: "{ $gt: 1 }",
      want: '2:13 error [invalid-value] when: "$gt" has no field | write {"<name>": {"$gt": ...}}',
    },
    {
      condition: "{ tags: { price: { $gt: 1 } } }",
      want: '2:21 error [invalid-value] when: "price" stands where an operator is expected | a nested field is "tags__price"',
    },
    {
      condition: '{ $or: [{ text: { $regex: "(" } }] }',
      want: '2:29 error [invalid-value] when: "$regex" cannot take "(": missing closing )',
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
