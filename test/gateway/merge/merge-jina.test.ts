import { describe, expect, test } from "vitest";
import { mergeDocuments } from "../../../src/gateway/merge/merge-jina.ts";
import {
  decodePlain,
  encodePlain,
  makeLists,
  makeRandom,
  type PlainDocument,
} from "./plain-documents.ts";

function merge(...lists: PlainDocument[][]): PlainDocument[] {
  return mergeDocuments(lists.map((list) => list.map(encodePlain))).map(decodePlain);
}

/** Jina's reduce written down word for word on decoded documents. */
function mergeSlowly(lists: readonly PlainDocument[][]): PlainDocument[] {
  const result: PlainDocument[] = structuredClone(lists[0] ?? []);
  for (const right of lists.slice(1)) {
    for (const document of right) {
      const left = result.find(({ id }) => id === document.id);
      if (left) mergeInto(left, document);
      else result.push(structuredClone(document));
    }
  }
  return result;
}

function mergeInto(left: PlainDocument, right: PlainDocument): void {
  const { id: _, matches, chunks, ...fields } = structuredClone(right);
  const before = Object.keys(left);
  for (const [name, value] of Object.entries(fields)) {
    if (before.includes(name)) continue;
    if (name === "text" || name === "blob") {
      delete left.text;
      delete left.blob;
    }
    Object.assign(left, { [name]: value });
  }
  if (matches) left.matches = mergeSlowly([left.matches ?? [], matches]);
  if (chunks) left.chunks = mergeSlowly([left.chunks ?? [], chunks]);
}

describe("mergeDocuments", () => {
  test("is the union by id, left order first", () => {
    expect(merge([{ id: "b" }, { id: "a" }], [{ id: "c" }, { id: "a" }])).toEqual([
      { id: "b" },
      { id: "a" },
      { id: "c" },
    ]);
  });

  test("fills what the left lacks, and leaves what it has: whole fields, never deeper", () => {
    const left = { id: "a", tags: { c: "d" } };
    const right = { id: "a", text: "hello", tags: { a: "b" }, uri: "u" };
    expect(merge([left], [right])).toEqual([
      { id: "a", text: "hello", tags: { c: "d" }, uri: "u" },
    ]);
  });

  test("three shards of five matches give fifteen, unsorted and uncut", () => {
    const shard = (n: number): PlainDocument => ({
      id: "q",
      matches: [0, 1, 2, 3, 4].map((i) => ({ id: `m${n}-${i}`, scores: { l2: { value: 9 - n } } })),
    });
    const [merged] = merge([shard(0)], [shard(1)], [shard(2)]);
    const order = [0, 1, 2].flatMap((n) => [0, 1, 2, 3, 4].map((i) => `m${n}-${i}`));
    expect(merged!.matches!.map(({ id }) => id)).toEqual(order);
  });

  test("a match that both sides have keeps the left score", () => {
    const query = (value: number): PlainDocument => ({
      id: "q",
      matches: [{ id: "m", scores: { l2: { value } } }],
    });
    expect(merge([query(3)], [query(1)])).toEqual([query(3)]);
  });

  test("a score of exactly 0 survives", () => {
    const right = { id: "q", matches: [{ id: "m", scores: { l2: { value: 0 } } }] };
    expect(merge([{ id: "q" }], [right])).toEqual([right]);
  });

  test("documents without an id are all different", () => {
    expect(merge([{ id: "", text: "a" }], [{ id: "", text: "b" }])).toHaveLength(2);
  });

  test("a document without additions stays the same slice", () => {
    const left = encodePlain({ id: "a", text: "x", tags: { k: 1 }, matches: [{ id: "m" }] });
    const right = encodePlain({ id: "a", text: "y", tags: { k: 2 } });
    const lone = encodePlain({ id: "b" });
    const merged = mergeDocuments([[left], [right, lone]]);
    expect(merged[0]).toBe(left);
    expect(merged[1]).toBe(lone);
  });

  test("500 random cases agree with the slow reference on decoded documents", () => {
    for (let seed = 0; seed < 500; seed++) {
      const lists = makeLists(makeRandom(seed), 2);
      expect(merge(...structuredClone(lists)), `seed ${seed}: ${JSON.stringify(lists)}`).toEqual(
        mergeSlowly(lists),
      );
    }
  });
});
