import { describe, expect, test } from "vitest";
import { Document } from "../../../src/document/document.ts";
import { compileFilter } from "../../../src/document/query/condition.ts";

type Filter = Record<string, unknown>;

const DOCUMENTS = [
  {
    id: "0",
    text: "lamp",
    weight: 2,
    tags: {
      s: "a",
      n: 5,
      list: [1, 5],
      deep: { color: "red" },
      items: [
        { color: "red", size: 1 },
        { color: "blue", size: 2 },
      ],
      "address.city": "Oslo",
      "text.length": 4,
      a__b: "x",
      none: null,
      flag: true,
    },
  },
  { id: "1", tags: { s: "b", n: 8, list: [], deep: { color: "blue" }, address: { city: "Oslo" } } },
].map((init) => new Document(init));

function passing(filter: Filter): readonly number[] {
  const accepts = compileFilter(filter);
  return DOCUMENTS.flatMap((document, i) => (accepts(document) ? [i] : []));
}

test.each<Filter>([
  { "constructor.name": "Object" },
  { constructor: { $exists: true } },
  { "__proto__.constructor.name": "Object" },
  { tags__toString: { $exists: true } },
  { hasOwnProperty: { $ne: null } },
  { "list.length": 2 },
  { "list.length": { $gte: 0 } },
  { "s.length": 1 },
  { "text.constructor.name": "String" },
  { "list.__proto__.constructor.name": "Array" },
])("%j reads own tags and fields only", (filter) => {
  expect(passing(filter)).toEqual([]);
});

test("a tag named as a property of objects is a tag", () => {
  const document = new Document({
    id: "a",
    tags: JSON.parse('{"__proto__": 1, "constructor": 2}') as Filter,
  });
  const filter = JSON.parse('{"__proto__": 1, "constructor": 2}') as Filter;
  expect(compileFilter(filter)(document)).toBe(true);
});

describe("a name", () => {
  test.each<[Filter, readonly number[]]>([
    [{ "address.city": "Oslo" }, [0, 1]],
    [{ "tags.address.city": "Oslo" }, [0, 1]],
    [{ tags__address__city: "Oslo" }, [1]],
    [{ "text.length": 4 }, [0]],
    [{ a__b: "x" }, [0]],
    [{ "deep.color": "red" }, [0]],
    [{ deep__color: "red" }, [0]],
    [{ "items.color": "blue" }, [0]],
    [{ "items.0.color": "blue" }, []],
    [{ "list.1": 5 }, [0]],
  ])("in %j selects %j", (filter, expected) => {
    expect(passing(filter)).toEqual(expected);
  });
});

/** The values are those of MongoDB. A field of the document that is not set is empty. */
describe("an operator", () => {
  test.each<[Filter, readonly number[]]>([
    [{ n: { $gt: 5 } }, [1]],
    [{ n: { $gte: 5, $lt: 8 } }, [0]],
    [{ n: { $gt: "a" } }, []],
    [{ n: { $not: { $gt: 5 } } }, [0]],
    [{ s: { $in: ["a", "z"] } }, [0]],
    [{ s: { $nin: ["a", "z"] } }, [1]],
    [{ s: { $neq: "a" } }, [1]],
    [{ missing: { $ne: "a" } }, [0, 1]],
    [{ list: 5 }, [0]],
    [{ list: [1, 5] }, [0]],
    [{ list: { $all: [5, 1] } }, [0]],
    [{ list: { $all: [] } }, []],
    [{ list: { $size: 0 } }, [1]],
    [{ list: { $elemMatch: { $gt: 1, $lt: 6 } } }, [0]],
    [{ items: { $elemMatch: { color: "red", size: 2 } } }, []],
    [{ items: { $elemMatch: { color: "red", size: 1 } } }, [0]],
    [{ deep: { color: "red" } }, [0]],
    [{ none: null }, [0, 1]],
    [{ none: { $exists: true } }, [0]],
    [{ text: null }, [1]],
    [{ text: "" }, [1]],
    [{ text: { $exists: true } }, [0]],
    [{ weight: { $lt: 1 } }, [1]],
    [{ flag: 1 }, []],
    [{ flag: { $type: "bool" } }, [0]],
    [{ n: { $mod: [4, 0] } }, [1]],
    [{ s: { $regex: "^A", $options: "i" } }, [0]],
    [{ $nor: [{ s: "a" }, { n: 0 }] }, [1]],
    [{ $or: [{ s: "a" }, { s: "b" }], n: 8 }, [1]],
    [{ s: "{s}" }, []],
  ])("in %j selects %j", (filter, expected) => {
    expect(passing(filter)).toEqual(expected);
  });

  test.each<[Filter, string]>([
    [
      { s: { $foo: 1 } },
      'filter: s.$foo: unknown operator "$foo": did you mean "$mod"? known operators: $eq',
    ],
    [
      { s: { $where: 1 } },
      'filter: s.$where: unknown operator "$where": known operators: $eq, $ne',
    ],
    [{ t: { $regex: 5 } }, 'filter: t.$regex: "$regex" cannot take 5: it expects a text'],
    [{ s: { $regex: "(" } }, '"$regex" cannot take "("'],
    [{ t: { $options: "i" } }, '"$options" stands without "$regex"'],
    [{ t: { $regex: "a", $options: "g" } }, '"$options" cannot take "g"'],
    [{ t: { $in: "a" } }, '"$in" cannot take "a": it expects a list of values'],
    [{ t: { $in: [{ $gt: 1 }] } }, "it expects a value without operators"],
    [{ t: { $gt: null } }, '"$gt" cannot take null: it expects a number, a text or a truth value'],
    [{ t: { $size: "2" } }, '"$size" cannot take "2": it expects a whole number from 0'],
    [{ t: { $exists: "false" } }, '"$exists" cannot take "false": it expects true or false'],
    [{ t: { $all: 1 } }, '"$all" cannot take 1: it expects a list of values'],
    [{ t: { $elemMatch: 1 } }, '"$elemMatch" cannot take 1: it expects a condition'],
    [{ t: { $elemMatch: { a: { $foo: 1 } } } }, "filter: t.$elemMatch.a.$foo: unknown operator"],
    [{ t: { $mod: [0, 1] } }, "the divisor must not be 0"],
    [{ t: { $type: "text" } }, '"text" is not one of string, number, bool'],
    [{ t: { $not: 1 } }, '"$not" expects a condition'],
    [{ $and: [] }, '"$and" expects at least one condition'],
    [{ $or: { a: 1 } }, '"$or" expects a list of conditions'],
    [{ $or: [1] }, "filter: $or.0: 1 is not a condition"],
    [{ $gt: 1 }, '"$gt" has no field'],
    [{ a: { $gt: 1, b: 2 } }, 'filter: a.b: "b" stands where an operator is expected'],
    [{ a: { b: { $gt: 2 } } }, 'a nested field is "a__b"'],
  ])("in %j is refused: %s", (filter, message) => {
    expect(() => compileFilter(filter)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});
