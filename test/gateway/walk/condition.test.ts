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
    ["on a field of its own, which only docarray v2 has", { price: { $lt: 5 } }, false, true],
    ["on what is in one there", { deep__color: "red" }, false, true],
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
