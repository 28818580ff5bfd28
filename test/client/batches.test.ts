import { expect, test } from "vitest";
import { makeBatches } from "../../src/client/batches.ts";
import type { InputDocument } from "../../src/client/reading/items/input.ts";

const NONE_IN_FLIGHT = { whenAnswered: () => undefined };

function makeDocument(id: string, bytes: number = 10): InputDocument {
  return { id, bytes: new Uint8Array(bytes) };
}

test("a full batch is sent at once, however long the next document takes", async () => {
  let isAsked = false;
  async function* slow(): AsyncGenerator<InputDocument> {
    yield makeDocument("a");
    yield makeDocument("b");
    isAsked = true;
    await new Promise(() => undefined);
  }
  const found: string[] = [];
  for await (const { documents } of makeBatches(
    slow(),
    { documents: 2, bytes: 1000 },
    NONE_IN_FLIGHT,
  )) {
    found.push(...documents.map(({ id }) => id));
    break;
  }
  expect(found).toEqual(["a", "b"]);
  expect(isAsked, "the third document was waited for").toBe(false);
});

test("a batch holds up to the maximum of documents and bytes, and a larger document is a batch", async () => {
  const inputs = [
    makeDocument("a"),
    makeDocument("b"),
    makeDocument("c"),
    makeDocument("big", 500),
    makeDocument("d"),
  ];
  const batches: string[] = [];
  for await (const { documents } of makeBatches(
    inputs,
    { documents: 2, bytes: 100 },
    NONE_IN_FLIGHT,
  ))
    batches.push(documents.map(({ id }) => id).join());
  expect(batches).toEqual(["a,b", "c", "big", "d"]);
});

test("a batch that is not full ends 200 ms after its first document", async () => {
  async function* slow(): AsyncGenerator<InputDocument> {
    yield makeDocument("a");
    yield makeDocument("b");
    await new Promise(() => undefined);
  }
  for await (const { documents } of makeBatches(
    slow(),
    { documents: 100, bytes: 1000 },
    NONE_IN_FLIGHT,
  )) {
    expect(documents.map(({ id }) => id)).toEqual(["a", "b"]);
    break;
  }
});
