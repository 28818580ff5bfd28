import { describe, expect, test } from "vitest";
import { encodeV2Document } from "../../../src/document/v2/json-to-v2.ts";
import { toOneFormat, toFormat } from "../../../src/document/translation/to-format.ts";
import { writeV2Document } from "../../../src/document/v2/v2-to-json.ts";
import { documentFormatOf } from "../../../src/document/v2/document-format.ts";
import { Document } from "../../../src/document/document.ts";
import { parseJsonWithFloats } from "../../../src/document/values/json-floats.ts";

const TENSOR = { type: "array", items: { type: "number" }, "tensor/array shape": "not specified" };
const PART = { type: "object", properties: { id: { type: "string" }, embedding: TENSOR } };
const SCHEMA = {
  type: "object",
  properties: {
    embedding: TENSOR,
    tensor: TENSOR,
    matches: { type: "array", items: PART },
    price: { type: "number" },
  },
};

function make(json: string): Uint8Array {
  return encodeV2Document(parseJsonWithFloats(json), SCHEMA);
}

/** A docarray v2 document as an executor receives it. */
function decode(json: string): Document {
  return Document.decode(make(json));
}

function tell(document: Document): string {
  return writeV2Document(document.encode());
}

describe("a docarray v2 document is read under the names of docarray v1", () => {
  const document = decode(
    `{"id":"a","text":"hi","url":"http://x","mime_type":"text/plain","weight":0.5,"granularity":2,"embedding":[0.5,1.5],
      "tensor":[[1,2],[3,4]],"tags":{"k":[1,"x"]},"scores":{"cosine":0.25,"ip":{"value":2}},"price":3.0,"color":"red","none":null,
      "matches":[{"id":"m","embedding":[1.0]}]}`,
  );
  test.each([
    ["id", "a"],
    ["text", "hi"],
    ["uri", "http://x"],
    ["mimeType", "text/plain"],
    ["weight", 0.5],
    ["granularity", 2],
    ["embedding", Float32Array.of(0.5, 1.5)],
    ["scores", { cosine: { value: 0.25 }, ip: { value: 2 } }],
    ["chunks", []],
    ["parentId", ""],
  ] as const)("%s", (key, value) => {
    expect(document[key]).toEqual(value);
  });

  test("a tensor next to the text", () => {
    expect(document.tensor).toMatchObject({ dtype: "<i8", shape: [2, 2] });
  });

  test("a field that docarray v1 does not have is a tag", () => {
    expect(document.tags).toEqual({ k: [1, "x"], price: 3, color: "red" });
  });

  test("nested documents are documents", () => {
    expect(document.matches.map(({ id, embedding }) => [id, embedding])).toEqual([
      ["m", Float32Array.of(1)],
    ]);
  });

  test("reading does not change the bytes", () => {
    const bytes = make('{"id":"a","price":3.0,"matches":[{"id":"m"}]}');
    const read = Document.decode(bytes);
    expect([read.tags["price"], read.matches[0]!.id]).toEqual([3, "m"]);
    expect(Buffer.from(read.encode()).equals(bytes)).toBe(true);
  });
});

describe("changed fields are written, and all others keep their bytes and types", () => {
  test.each<[string, string, (document: Document) => unknown, string]>([
    ["a text", '{"id":"a","n":1.0}', (d) => (d.text = "x"), '{"id":"a","n":1.0,"text":"x"}'],
    [
      "an emptied text stays a text",
      '{"id":"a","text":"x"}',
      (d) => (d.text = ""),
      '{"id":"a","text":""}',
    ],
    [
      "a url under its own name",
      '{"id":"a","uri":"x"}',
      (d) => (d.uri = "y"),
      '{"id":"a","uri":"y"}',
    ],
    [
      "an embedding",
      '{"id":"a"}',
      (d) => (d.embedding = [1, 0.1]),
      '{"id":"a","embedding":[1.0,0.1]}',
    ],
    [
      "a tag",
      '{"id":"a","tags":{"f":1.0}}',
      (d) => (d.tags["k"] = 2),
      '{"id":"a","tags":{"f":1.0,"k":2}}',
    ],
    [
      "a field that docarray v1 does not have",
      '{"id":"a","f":1.0,"g":2.0}',
      (d) => (d.tags["g"] = 2.5),
      '{"id":"a","f":1.0,"g":2.5}',
    ],
    [
      "a field that was null",
      '{"id":"a","g":null}',
      (d) => (d.tags["g"] = "x"),
      '{"id":"a","g":"x"}',
    ],
    ["a removed field", '{"id":"a","g":1}', (d) => delete d.tags["g"], '{"id":"a"}'],
    [
      "a score, as a number",
      '{"id":"a"}',
      (d) => (d.scores = { ip: { value: 2 } }),
      '{"id":"a","scores":{"ip":2.0}}',
    ],
    [
      "no matches",
      '{"id":"a","matches":[{"id":"m"}]}',
      (d) => (d.matches = []),
      '{"id":"a","matches":[]}',
    ],
    [
      "matches of both formats",
      '{"id":"a"}',
      (d) =>
        (d.matches = [new Document({ id: "one", text: "t" }), decode('{"id":"two","price":1.0}')]),
      '{"id":"a","matches":[{"id":"one","text":"t"},{"id":"two","price":1.0}]}',
    ],
    [
      "one match of several",
      '{"id":"a","matches":[{"id":"m","f":1.0},{"id":"n"}]}',
      (d) => (d.matches[1]!.text = "x"),
      '{"id":"a","matches":[{"id":"m","f":1.0},{"id":"n","text":"x"}]}',
    ],
  ])("%s", (_, json, change, written) => {
    const document = decode(json);
    change(document);
    expect(tell(document)).toBe(written);
    expect(documentFormatOf(document.encode())).toBe("v2");
  });
});

describe("a document in the other format", () => {
  test("docarray v1 gets the names of LegacyDocument", () => {
    const document = new Document({
      id: "a",
      text: "hi",
      uri: "u",
      weight: 0.5,
      tags: { k: 1, f: 0.5 },
      embedding: [1, 0.5],
      scores: { cosine: { value: 0.25 } },
      matches: [{ id: "m", blob: Uint8Array.of(104, 105) }],
    });
    expect(JSON.parse(writeV2Document(toFormat(document.encode(), "v2")))).toEqual({
      id: "a",
      text: "hi",
      url: "u",
      weight: 0.5,
      tags: { k: 1, f: 0.5 },
      embedding: [1, 0.5],
      scores: { cosine: 0.25 },
      matches: [{ id: "m", blob: "hi" }],
    });
  });

  test("a docarray v2 match of a docarray v1 document becomes docarray v1", () => {
    const document = new Document({
      id: "q",
      matches: [decode('{"id":"m","price":1.5,"embedding":[1.0]}')],
    });
    expect(documentFormatOf(document.encode())).toBe("v1");
    const [match] = Document.decode(document.encode()).matches;
    expect([match!.id, match!.tags, match!.embedding]).toEqual([
      "m",
      { price: 1.5 },
      Float32Array.of(1),
    ]);
    expect(documentFormatOf(match!.encode())).toBe("v1");
  });

  test("a list of numbers without a schema becomes an embedding", () => {
    const untold = encodeV2Document(
      parseJsonWithFloats('{"id":"a","embedding":[1.0,2],"matches":[{"id":"m"}]}'),
      {},
    );
    const document = Document.decode(untold);
    expect([document.embedding, document.matches[0]!.id]).toEqual([Float32Array.of(1, 2), "m"]);
  });

  test("documents of both formats become docarray v2; documents of one format are unchanged", () => {
    const [one, two] = [new Document({ id: "a" }).encode(), make('{"id":"b"}')];
    expect(toOneFormat([one, two, one]).map(documentFormatOf)).toEqual(["v2", "v2", "v2"]);
    for (const alike of [[one, one], [two, two], []]) expect(toOneFormat(alike)).toBe(alike);
  });

  test("an empty document has an id in docarray v2, which identifies the format", () => {
    expect(documentFormatOf(toFormat(new Uint8Array(0), "v2"))).toBe("v2");
  });
});

test.each([
  ["a truncated entry", Uint8Array.of(10, 9, 10, 2, 105, 100, 18, 3, 10, 1, 97, 10, 7, 10)],
  ["a truncated node", Uint8Array.of(10, 7, 10, 1, 97, 18, 2, 10, 9)],
])("malformed bytes are INVALID_ARGUMENT: %s", (_, bytes) => {
  const read = (): unknown => {
    const document = Document.decode(bytes);
    return document.tags;
  };
  expect(read).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error);
});
