import { expect, test } from "vitest";
import { mergeDocuments } from "../../../src/gateway/merge/merge-jina.ts";
import { ProtoWriter } from "../../../src/util/protobuf/proto-writer.ts";
import { ProtoReader } from "../../../src/util/protobuf/proto-reader.ts";
import { nestedDocuments, scanDocument } from "../../../src/document/scan/document-scan.ts";
import { documentFormat, readDocumentId } from "../../../src/document/scan/document-values.ts";

/** A docarray v2 `DocProto`: text fields, and lists of documents. */
function encodeDoc(fields: Record<string, string | Uint8Array[]>): Uint8Array {
  const doc = new ProtoWriter();
  for (const [name, value] of Object.entries(fields)) {
    const node = new ProtoWriter();
    if (typeof value === "string") node.putString(1, value);
    else {
      const list = new ProtoWriter();
      for (const nested of value) list.putBytes(1, nested);
      node.putBytes(8, list.finish());
    }
    doc.putBytes(1, new ProtoWriter().putString(1, name).putBytes(2, node.finish()).finish());
  }
  return doc.finish();
}

/** The slices of a message's fields, by number. */
function readFields(message: Uint8Array): [field: number, bytes: Uint8Array][] {
  const fields: [number, Uint8Array][] = [];
  const reader = new ProtoReader(message);
  while (reader.next()) fields.push([reader.field, reader.slice()]);
  return fields;
}

/** The text fields of a `DocProto`, by name. */
function readTexts(doc: Uint8Array): Record<string, string> {
  const texts = readFields(doc).map(([, entry]) => {
    const { 1: name, 2: node } = Object.fromEntries(readFields(entry));
    const { 1: text } = Object.fromEntries(readFields(node!));
    return [Buffer.from(name!).toString(), Buffer.from(text!).toString()];
  });
  return Object.fromEntries(texts) as Record<string, string>;
}

test("docarray v2 documents merge by id, and keep what only one side has", () => {
  const left = [encodeDoc({ id: "a", text: "left" }), encodeDoc({ id: "b" })];
  const right = [encodeDoc({ id: "a", text: "right", uri: "u" }), encodeDoc({ id: "c" })];
  const merged = mergeDocuments([left, right]);
  expect(merged.map(documentFormat)).toEqual(["v2", "v2", "v2"]);
  expect(merged.map(readTexts)).toEqual([
    { id: "a", text: "left", uri: "u" },
    { id: "b" },
    { id: "c" },
  ]);
});

test("their matches are united by id", () => {
  const query = (...ids: string[]): Uint8Array =>
    encodeDoc({ id: "q", matches: ids.map((id) => encodeDoc({ id })) });
  const [merged] = mergeDocuments([
    [query("m1", "m2")],
    [query("m2", "m3")],
    [encodeDoc({ id: "q" })],
  ]);
  const ids = nestedDocuments(scanDocument(merged!), "matches").map(readDocumentId);
  expect(ids).toEqual(["m1", "m2", "m3"]);
});
