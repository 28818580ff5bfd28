import { describe, expect, test } from "vitest";
import { compileCondition } from "../../../src/gateway/walk/condition.ts";
import { encodeV2Document } from "../../../src/document/v2/json-to-v2.ts";
import { Document } from "../../../src/document/document.ts";

const ONE = new Document({
  id: "a",
  text: "hi",
  tags: { price: 3, deep: { color: "red" } },
}).encode();
const TWO = encodeV2Document(
  { id: "a", text: "hi", price: 3, deep: { color: "red" }, tags: { k: 1 }, url: "http://x" },
  {},
);

describe("a condition in the DocArray query language", () => {
  test.each<[string, Record<string, unknown>, boolean, boolean]>([
    ["on a field", { text: { $eq: "hi" } }, true, true],
    ["on a tag", { tags__price: { $lt: 5 } }, true, false],
    ["on a nested tag", { tags__deep__color: "red" }, true, false],
    ["on a tag that only the other has", { tags__k: 1 }, false, true],
    ["on a field under docarray v2's name", { url: "http://x" }, false, true],
    ["on a tag, or a field of its own, by its name", { price: { $lt: 5 } }, true, true],
    ["on what is in one there", { deep__color: "red" }, true, true],
    ["of several", { $or: [{ text: "no" }, { tags__price: 3 }, { price: 3 }] }, true, true],
    ["that is not met", { tags__price: { $gt: 5 } }, false, false],
    ["on what is not there", { tags__never: 1 }, false, false],
  ])("%s", (_, condition, one, two) => {
    const isMet = compileCondition(condition);
    expect([isMet(ONE), isMet(TWO)], "docarray v1, docarray v2").toEqual([one, two]);
  });

  test.each([[{ $where: "1" }], [{ price: { $below: 3 } }]])("%j is refused", (condition) => {
    expect(() => compileCondition(condition)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error,
    );
  });
});

/** The values are those of docarray 0.21. */
describe("a condition means what it means in docarray", () => {
  const DOCUMENTS = [
    { id: "0", text: "a", tags: { name: "a", n: 1, flag: true, list: [1, 2], none: null } },
    { id: "1", text: "", tags: { name: "b", n: 0, flag: false, list: ["a"], none: 2 } },
    { id: "2", text: "hello", weight: 0.5, tags: { n: "a" } },
  ].map((init) => new Document(init).encode());

  test.each<[Record<string, unknown>, readonly number[]]>([
    [{ text: { $eq: "{tags__name}" } }, [0]],
    [{ text: { $neq: "{ tags__name }" } }, [1, 2]],
    [{ tags__n: { $in: "{tags__list}" } }, [0]],
    [{ text: { $in: ["hello", ""] } }, [1, 2]],
    [{ text: { $eq: "" } }, [1]],
    [{ text: { $exists: true } }, [0, 2]],
    [{ text: { $size: 5 } }, [2]],
    [{ weight: { $lt: 1 } }, [0, 1, 2]],
    [{ weight: { $exists: false } }, [0, 1]],
    [{ embedding: { $eq: null } }, [0, 1, 2]],
    [{ tags__none: { $exists: true } }, [1]],
    [{ tags__none: { $exists: false } }, [0, 2]],
    [{ tags__missing: { $in: ["", null] } }, [0, 1, 2]],
    [{ tags__n: { $neq: 1 } }, [1, 2]],
    [{ tags__n: { $lte: 1 } }, [0, 1]],
    [{ tags__flag: { $eq: 1 } }, [0]],
    [{ tags__list: { $eq: 1 } }, []],
    [{ tags__list: { $eq: [1, 2] } }, [0]],
    [{ tags__list__0: { $eq: "a" } }, [1]],
    [{ $and: { text: { $eq: "a" }, tags__n: { $gt: 0 } } }, [0]],
    [{ $or: { text: { $eq: "hello" }, tags__n: { $eq: 0 } } }, [1, 2]],
    [{ $not: { text: { $eq: "a" }, tags__n: { $eq: 1 } } }, [1, 2]],
    [{ text: { $or: [{ text: { $eq: "a" } }, { tags__n: { $eq: 0 } }] } }, [0, 1]],
    [{ $or: [{ text: { $eq: "a" } }, { text: { $eq: "" } }], weight: { $gt: 0 } }, [0, 1, 2]],
    [{ weight: { $gt: 0 }, $or: [{ text: { $eq: "a" } }, { text: { $eq: "hello" } }] }, [2]],
  ])("%j", (condition, expected) => {
    const isMet = compileCondition(condition);
    expect(DOCUMENTS.flatMap((bytes, i) => (isMet(bytes) ? [i] : []))).toEqual(expected);
  });

  test("a bare name is a tag, as in a filter", () => {
    const tagged = new Document({ id: "a", tags: { s: "a" } }).encode();
    expect([{ s: { $ne: "a" } }, { s: "a" }].map((each) => compileCondition(each)(tagged))).toEqual(
      [false, true],
    );
  });

  test("only $exists is met by a missing field of docarray v2", () => {
    const isMet = (condition: Record<string, unknown>): boolean => compileCondition(condition)(TWO);
    expect([{ never: { $neq: 1 } }, { never: { $exists: false } }].map(isMet)).toEqual([
      false,
      true,
    ]);
  });
});
