import { beforeAll, describe, expect, test } from "vitest";
import { Document } from "../../../src/document/document.ts";
import { ProtoWriter } from "../../../src/util/protobuf/proto-writer.ts";
import {
  joinRecords,
  MERGE_EXCLUDED,
  nestedDocuments,
  nestedRecords,
  scanDocument,
} from "../../../src/document/scan/document-scan.ts";
import { unexpectedFailures } from "../../wire/malformed.ts";
import { loadReferenceCodec, type ReferenceCodec } from "../../wire/jina/reference-codec.ts";
import {
  documentFormat,
  readDocumentId,
  readRoutingTag,
  readScore,
  scoreNames,
  withDocumentId,
} from "../../../src/document/scan/document-values.ts";

let reference: ReferenceCodec;

beforeAll(async () => {
  reference = await loadReferenceCodec();
});

/** Encodes a docarray v2 document from its nodes by name. */
function v2Document(nodes: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const writer = new ProtoWriter();
  for (const [name, node] of Object.entries(nodes)) {
    writer.putBytes(1, new ProtoWriter().putString(1, name).putBytes(2, node).finish());
  }
  return writer.finish();
}

const textNode = (text: string): Uint8Array =>
  new ProtoWriter().putString(1, text).putString(13, "str").finish();
const listNode = (...documents: Uint8Array[]): Uint8Array => {
  const list = new ProtoWriter();
  for (const document of documents) list.putBytes(1, document);
  return new ProtoWriter().putBytes(8, list.finish()).finish();
};
const dictNode = (nodes: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  new ProtoWriter().putBytes(12, v2Document(nodes)).finish();

describe("the format of a document", () => {
  test("docarray v1, with or without an id, and docarray v2 are distinguished", () => {
    expect(documentFormat(new Document({ id: "a", text: "x" }).encode())).toBe("v1");
    expect(documentFormat(new Document({ text: "x" }).encode())).toBe("v1");
    expect(documentFormat(new Document({ id: "\n\u0005looks like a map\u0012" }).encode())).toBe(
      "v1",
    );
    expect(documentFormat(new Uint8Array(0))).toBe("v1");
    expect(documentFormat(v2Document({ id: textNode("a"), text: textNode("x") }))).toBe("v2");
  });
});

describe("the id", () => {
  test("is read at any position, in both formats", () => {
    expect(readDocumentId(new Document({ id: "a", matches: [{ id: "m" }] }).encode())).toBe("a");
    const late = Document.decode(new Document({ text: "x", id: "early" }).encode());
    late.id = "late";
    expect(readDocumentId(late.encode())).toBe("late");
    expect(readDocumentId(new Document({ text: "x" }).encode())).toBe("");
    expect(readDocumentId(v2Document({ text: textNode("x"), id: textNode("two") }))).toBe("two");
    expect(readDocumentId(v2Document({ text: textNode("x") }))).toBe("");
  });

  test("is added to a document without an id, which is otherwise byte for byte the same", () => {
    const bytes = new Document({ text: "x", tags: { a: 1 } }).encode();
    const named = withDocumentId(bytes, "new");
    expect(Buffer.from(named).subarray(-bytes.length)).toEqual(Buffer.from(bytes));
    expect(reference.decodeDocument(named)).toMatchObject({ id: "new", text: "x" });
    const empty = withDocumentId(Buffer.concat([Buffer.of(10, 0), bytes]), "new");
    expect(Document.decode(empty).id).toBe("new");
    const two = withDocumentId(v2Document({ text: textNode("x"), id: textNode("") }), "new");
    expect([readDocumentId(two), documentFormat(two), scanDocument(two).fields.size]).toEqual([
      "new",
      "v2",
      2,
    ]);
  });
});

describe("the routing tag", () => {
  test.each<[string, () => Uint8Array, string | undefined]>([
    [
      "text",
      () => new Document({ id: "a", tags: { x: 1, _routing: "user-7" } }).encode(),
      "user-7",
    ],
    ["a number", () => new Document({ tags: { _routing: 42 } }).encode(), "42"],
    ["empty", () => new Document({ tags: { _routing: "" } }).encode(), undefined],
    ["another type", () => new Document({ tags: { _routing: [1] } }).encode(), undefined],
    ["none", () => new Document({ tags: { x: { _routing: "deep" } } }).encode(), undefined],
    ["no tags", () => new Document({ id: "a" }).encode(), undefined],
    [
      "docarray v2",
      () =>
        v2Document({
          id: textNode("a"),
          tags: dictNode({ x: textNode("y"), _routing: textNode("user-7") }),
        }),
      "user-7",
    ],
    [
      "docarray v2 without the tag",
      () => v2Document({ id: textNode("a"), tags: dictNode({ x: textNode("y") }) }),
      undefined,
    ],
  ])("%s", (_, bytes, want) => {
    expect(readRoutingTag(bytes())).toBe(want);
  });
});

describe("scores", () => {
  test("are read by name; 0 is a score, and a missing score is undefined", () => {
    const bytes = new Document({
      id: "a",
      scores: { cosine: { value: 0 }, l2: { value: 1.5 } },
    }).encode();
    expect([
      readScore(bytes, "cosine"),
      readScore(bytes, "l2"),
      readScore(bytes, "ip"),
      scoreNames(bytes),
    ]).toEqual([0, 1.5, undefined, ["cosine", "l2"]]);
  });
});

describe("a scan", () => {
  test("reports for each field whether it is empty in Jina's merge rule", () => {
    const bytes = Buffer.concat([
      new Document({
        id: "a",
        text: "x",
        tags: { a: 1 },
        matches: [{ id: "m" }, { id: "n" }],
      }).encode(),
      // Weight 0, and an empty embedding, from a sender that writes default values.
      Buffer.of(0x45, 0, 0, 0, 0, 0x82, 0x01, 0),
    ]);
    const { fields, id, format } = scanDocument(bytes);
    expect([id, format]).toEqual(["a", "v1"]);
    expect([...fields].map(([key, { empty, records }]) => [key, empty, records.length])).toEqual([
      [1, false, 1],
      [4, false, 1],
      [15, false, 2],
      [17, false, 1],
      [8, true, 1],
      [16, true, 1],
    ]);
    expect([1, 7, 14, 15, "id", "parent_id"].every((key) => MERGE_EXCLUDED.has(key))).toBe(true);
  });

  test("returns nested documents and writes them back, byte for byte, in both formats", () => {
    const nested = [
      new Document({ id: "m", text: "x".repeat(300) }).encode(),
      new Document({ id: "n" }).encode(),
    ];
    const one = scanDocument(
      joinRecords([new Document({ id: "a" }).encode(), ...nestedRecords("v1", "matches", nested)]),
    );
    expect(nestedDocuments(one, "matches").map((each) => Buffer.from(each))).toEqual(
      nested.map((each) => Buffer.from(each)),
    );
    expect(nestedDocuments(one, "chunks")).toEqual([]);
    expect(reference.decodeDocument(one.bytes)).toMatchObject({
      id: "a",
      matches: [{ id: "m" }, { id: "n" }],
    });
    const deep = [
      v2Document({ id: textNode("m") }),
      v2Document({ id: textNode("n"), text: textNode("y") }),
    ];
    const two = scanDocument(v2Document({ id: textNode("a"), chunks: listNode(...deep) }));
    expect(nestedDocuments(two, "chunks").map(readDocumentId)).toEqual(["m", "n"]);
    const rebuilt = scanDocument(
      joinRecords([v2Document({ id: textNode("a") }), ...nestedRecords("v2", "chunks", deep)]),
    );
    expect(nestedDocuments(rebuilt, "chunks").map((each) => Buffer.from(each))).toEqual(
      deep.map((each) => Buffer.from(each)),
    );
    expect(nestedRecords("v1", "matches", [])).toEqual([]);
  });

  test("an empty list or text of docarray v2 is empty, with or without a type name", () => {
    const { fields } = scanDocument(
      v2Document({
        id: textNode("a"),
        text: textNode(""),
        matches: listNode(),
        none: new Uint8Array(0),
      }),
    );
    expect([...fields].map(([key, { empty }]) => [key, empty])).toEqual([
      ["id", false],
      ["text", true],
      ["matches", true],
      ["none", true],
    ]);
  });

  test("malformed bytes throw INVALID_ARGUMENT in every function", () => {
    const bytes = new Document({
      id: "a",
      text: "x",
      tags: { _routing: "k" },
      scores: { c: { value: 1 } },
      matches: [{ id: "m" }],
    }).encode();
    const asks = [
      scanDocument,
      readDocumentId,
      readRoutingTag,
      scoreNames,
      (b: Uint8Array) => readScore(b, "c"),
      (b: Uint8Array) => withDocumentId(b, "x"),
    ];
    for (const ask of asks) expect(unexpectedFailures(bytes, ask)).toEqual([]);
  });
});
