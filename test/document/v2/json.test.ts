import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../../src/document/v2/endpoint-schema.ts";
import { encodeV2Document } from "../../../src/document/v2/json-to-v2.ts";
import { encodeNodeMap } from "../../../src/document/v2/node.ts";
import { writeV2Document } from "../../../src/document/v2/v2-to-json.ts";
import { documentFormatOf } from "../../../src/document/v2/document-format.ts";
import { parseJsonWithFloats } from "../../../src/document/values/json-floats.ts";
import { ProtoWriter } from "../../../src/util/protobuf/proto-writer.ts";

const TENSOR = { type: "array", items: { type: "number" }, "tensor/array shape": "not specified" };
const ITEM: JsonSchema = {
  title: "Item",
  type: "object",
  properties: {
    id: { type: "string" },
    text: { type: "string", default: "" },
    raw: { type: "string", format: "binary" },
    count: { type: "integer" },
    price: { type: "number" },
    ok: { type: "boolean" },
    tags: { type: "object" },
    counts: { type: "object", additionalProperties: { type: "integer" } },
    names: { type: "array", items: { type: "string" } },
    numbers: { type: "array", items: { type: "number" } },
    rows: { type: "array", items: { type: "array", items: { type: "number" } } },
    pair: { type: "array", items: [{ type: "integer" }, { type: "string" }] },
    embedding: TENSOR,
    anything: { title: "Anything" },
    either: { anyOf: [{ type: "integer" }, { type: "string" }, { $ref: "#/definitions/Part" }] },
    part: { $ref: "#/definitions/Part" },
    wrapped: { allOf: [{ $ref: "#/definitions/Part" }], title: "Wrapped" },
    parts: { type: "array", items: { $ref: "#/definitions/Part" } },
    kind: { $ref: "#/definitions/Kind" },
    maybe: { anyOf: [TENSOR, { type: "null" }] },
    loop: { $ref: "#/definitions/Loop" },
  },
  definitions: {
    Part: { type: "object", properties: { id: { type: "string" }, weight: { type: "number" } } },
    Kind: { enum: ["a", "b"], type: "string" },
    Loop: { $ref: "#/definitions/Loop" },
  },
};

/** Converts JSON to a document and back, without the id, which is always written. */
function travel(json: string, schema: JsonSchema = ITEM): string {
  const bytes = encodeV2Document(parseJsonWithFloats(json), schema);
  return writeV2Document(bytes).replace(/^\{"id":null,?/, "{");
}

/** Returns the type of `node` as a peer reads it: the number of the content's field. */
function contentFieldOf(json: string, schema: JsonSchema = ITEM): number {
  const bytes = encodeV2Document(parseJsonWithFloats(json), schema);
  // The last entry of the map: its node follows the key and the tag.
  const key = /"(\w+)"/.exec(json)![1]!;
  const at = Buffer.from(bytes).lastIndexOf(key) + key.length;
  return bytes[at + 2]! >> 3;
}

describe("a field has the type in its schema", () => {
  test.each([
    ["text", '{"text":"hi"}', 1],
    ["text, from a number", '{"text":1.50}', 1],
    ["bytes, as text", '{"raw":"hi"}', 1],
    ["an integer", '{"count":7}', 2],
    ["an integer, written as a float", '{"count":7.0}', 2],
    ["a negative integer", '{"count":-7}', 2],
    ["a float, written as an integer", '{"price":7}', 3],
    ["a boolean", '{"ok":true}', 4],
    ["a boolean, as a number", '{"ok":0}', 4],
    ["a boolean, in pydantic's words", '{"ok":"Yes"}', 4],
    ["a tensor", '{"embedding":[1,2]}', 6],
    ["a tensor that may be null", '{"maybe":[1,2]}', 6],
    ["a document", '{"part":{"weight":1}}', 7],
    ["a document behind allOf", '{"wrapped":{"weight":1}}', 7],
    ["documents", '{"parts":[{"weight":1}]}', 8],
    ["a list of numbers that is not a tensor", '{"numbers":[1,2]}', 9],
    ["a tuple", '{"pair":[1,"a"]}', 9],
    ["a dictionary", '{"tags":{"a":1}}', 12],
    ["an enumeration", '{"kind":"a"}', 1],
    ["the fitting option of a union: a number", '{"either":7}', 2],
    ["the fitting option of a union: a text", '{"either":"7"}', 1],
    ["the fitting option of a union: a document", '{"either":{"weight":7}}', 7],
    ["any value, by its JSON type", '{"anything":[1]}', 9],
    ["an unknown field, by its JSON type", '{"unnamed":{"a":1}}', 12],
    ["a schema that only refers to itself, by its JSON type", '{"loop":2.5}', 3],
  ])("%s", (_, json, field) => {
    expect(contentFieldOf(json), `NodeProto's content field of ${json}`).toBe(field);
  });
});

describe("JSON is unchanged, with floats that have a point", () => {
  test.each([
    ['{"text":"ünï \\"q\\""}'],
    ['{"count":-2147483648}'],
    ['{"count":2147483647}'],
    ['{"price":0.1}'],
    ['{"ok":false}'],
    ['{"embedding":[1.0,0.5]}'],
    ['{"embedding":[1,2]}'],
    ['{"embedding":[[1.0,2.0],[3.0,4.5]]}'],
    ['{"embedding":[]}'],
    ['{"embedding":[[true],[false]]}'],
    ['{"tags":{"a":1,"b":1.0,"c":[true,null,"x",{"d":2}],"__proto__":3}}'],
    ['{"counts":{"a":1}}'],
    ['{"rows":[[1.0,2.5],[]]}'],
    ['{"part":{"id":"p","weight":1.0}}'],
    ['{"parts":[{"id":"p","weight":1.0},{"id":"q"}]}'],
    ['{"anything":5000000000.0}'],
    ['{"text":null,"embedding":null,"part":null}'],
    ["{}"],
  ])("%s", (json) => {
    expect(travel(json)).toBe(json);
  });

  test("null in a tensor is NaN, which JSON cannot express", () => {
    expect(travel('{"embedding":[0.5,null]}')).toBe('{"embedding":[0.5,null]}');
  });

  test("booleans among the numbers of a tensor are numbers", () => {
    expect(travel('{"embedding":[true,2,false]}')).toBe('{"embedding":[1,2,0]}');
  });

  test("a whole number too large for 32 bits is a float where any value is allowed", () => {
    expect(travel('{"tags":{"a":5000000000}}')).toBe('{"tags":{"a":5000000000.0}}');
  });
});

describe("a wrong type is rejected with its location", () => {
  test.each([
    ['{"text":{}}', "text: text is expected, not an object"],
    ['{"count":1.5}', "count: a whole number is expected, not 1.5"],
    ['{"count":"seven"}', 'count: a number is expected, not "seven"'],
    ['{"count":2147483648}', "count: docarray v2 sends 32-bit whole numbers, not 2147483648"],
    ['{"ok":"perhaps"}', 'ok: true or false is expected, not "perhaps"'],
    ['{"embedding":"abc"}', "embedding: a list of numbers is expected"],
    [
      '{"embedding":[[1,2],[3]]}',
      "embedding: a list of numbers is expected, or nested lists of equal length",
    ],
    ['{"names":"a"}', 'names: a list is expected, not "a"'],
    ['{"names":["a",["b"]]}', "names.1: text is expected, not a list"],
    ['{"tags":[1]}', "tags: an object is expected, not a list"],
    ['{"parts":[{"weight":1},{"weight":"x"}]}', 'parts.1.weight: a number is expected, not "x"'],
    ["[]", "a document must be a JSON object, not a list"],
    ["5.0", "a document must be a JSON object, not 5.0"],
  ])("%s", (json, message) => {
    expect(() => travel(json)).toThrow(message);
  });

  test.each(["embedding", "text", "count", "either"])(
    "%s of lists that are nested too deep",
    (name) => {
      const deep = `{"${name}":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
      expect(() => travel(deep)).toThrow(new RegExp(`^${name}: .* is expected`));
    },
  );

  test("more levels than Python's protobuf reads are rejected", () => {
    const nest = (levels: number): string =>
      `{"anything":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`;
    expect(travel(nest(29))).toBe(nest(29));
    expect(() => travel(nest(30))).toThrow("nested more than 30 levels");
  });
});

test("the id comes first, which identifies docarray v2, and is null where it is absent", () => {
  for (const json of ["{}", '{"text":"a"}', '{"text":"a","id":"b"}']) {
    const bytes = encodeV2Document(parseJsonWithFloats(json), ITEM);
    expect(documentFormatOf(bytes), json).toBe("v2");
    expect(writeV2Document(bytes), json).toMatch(/^\{"id":(null|"b")/);
  }
});

describe("documents of executors are written as docarray writes them", () => {
  const write = (node: (writer: ProtoWriter) => ProtoWriter): string =>
    writeV2Document(encodeNodeMap([["v", node(new ProtoWriter(64)).finish()]])).slice(5, -1);
  const array =
    (dtype: string, shape: readonly number[], buffer: Uint8Array) => (writer: ProtoWriter) => {
      const dense = new ProtoWriter(64).bytes(1, buffer).string(3, dtype);
      for (const size of shape) dense.putUint(2, size);
      return writer
        .putBytes(6, new ProtoWriter(64).putBytes(1, dense.finish()).finish())
        .putString(13, "ndarray");
    };

  test.each([
    [
      "32-bit floats with the fewest digits",
      array("<f4", [3], floats(0.1, 2, 1e-7)),
      "[0.1,2.0,1e-7]",
    ],
    [
      "32-bit floats of any size",
      array("<f4", [6], floats(-0.1, 16777216, 3.4028235e38, 1.1754944e-38, 123456.79, 0.99999994)),
      "[-0.1,16777216.0,3.4028235e+38,1.1754944e-38,123456.79,0.99999994]",
    ],
    ["8-bit images as whole numbers", array("|u1", [1, 2], Uint8Array.of(0, 255)), "[[0,255]]"],
    ["truths", array("|b1", [2], Uint8Array.of(0, 1)), "[false,true]"],
    ["an empty axis", array("<f4", [2, 0], new Uint8Array(0)), "[[],[]]"],
    [
      "bytes that are text",
      (w: ProtoWriter) => w.putBytes(5, new TextEncoder().encode("ü")),
      '"ü"',
    ],
    [
      "bytes that are not text, in base64",
      (w: ProtoWriter) => w.putBytes(5, Uint8Array.of(255, 254)),
      '"//4="',
    ],
    ["infinity as null", (w: ProtoWriter) => w.putDouble(3, Infinity), "null"],
    ["minus zero", (w: ProtoWriter) => w.putDouble(3, -0), "-0.0"],
  ])("%s", (_, node, text) => {
    expect(write(node)).toBe(text);
  });

  test("a large shape of an empty array is rejected", () => {
    expect(() => write(array("<f4", [2 ** 31, 0], new Uint8Array(0)))).toThrow("too long to write");
  });

  test.each([["a cut node", Uint8Array.of(10, 5, 10, 1, 97, 18, 9)]])(
    "%s is INVALID_ARGUMENT",
    (_, bytes) => {
      expect(() => writeV2Document(bytes)).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error,
      );
    },
  );
});

function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
