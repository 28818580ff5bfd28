import { describe, expect, test } from "vitest";
import { concatBytes, decodeUtf8, ProtoReader } from "../../../src/util/protobuf/proto-reader.ts";
import { ProtoWriter, varintLength } from "../../../src/util/protobuf/proto-writer.ts";

describe("writing and reading a message", () => {
  test("gives back every kind of value", () => {
    const bytes = new ProtoWriter(1)
      .uint(1, 300)
      .bool(2, true)
      .float(3, 1.5)
      .putDouble(4, -2.25)
      .string(5, "häuser")
      .bytes(6, Uint8Array.of(1, 2))
      .finish();
    const reader = new ProtoReader(bytes);
    const read: unknown[] = [];
    const take = [
      () => reader.uint(),
      () => reader.bool(),
      () => reader.float(),
      () => reader.double(),
      () => reader.string(),
      () => reader.slice(),
    ];
    while (reader.next()) read.push(take[reader.field - 1]!());
    expect(read).toEqual([300, true, 1.5, -2.25, "häuser", Uint8Array.of(1, 2)]);
  });

  test("leaves defaults out, but for those put on purpose; minus zero is no default", () => {
    expect(
      new ProtoWriter()
        .uint(1, 0)
        .bool(2, false)
        .float(3, 0)
        .string(4, "")
        .bytes(5, new Uint8Array(0))
        .finish().length,
    ).toBe(0);
    expect([...new ProtoWriter().putUint(1, 0).putString(2, "").finish()]).toEqual([8, 0, 18, 0]);
    expect(new ProtoWriter().float(1, -0).finish().length).toBe(5);
  });

  test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    "the number %d takes its bytes and comes back",
    (value) => {
      const bytes = new ProtoWriter().putUint(1, value).finish();
      expect(bytes.length).toBe(1 + varintLength(value));
      const reader = new ProtoReader(bytes);
      reader.next();
      expect(reader.uint()).toBe(value);
    },
  );

  test.each([
    [[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], -1],
    [[8, 128, 128, 128, 128, 248, 255, 255, 255, 255, 1], -2_147_483_648],
    [[8, 5], 5],
  ])("an int32 reads its low bits: %j is %d", (bytes, want) => {
    const reader = new ProtoReader(Uint8Array.from(bytes));
    reader.next();
    expect(reader.int32()).toBe(want);
  });

  test("records are views of the same memory", () => {
    const bytes = new ProtoWriter().string(1, "a").string(2, "bc").finish();
    const reader = new ProtoReader(bytes);
    reader.next();
    reader.next();
    expect([...reader.record()]).toEqual([18, 2, 98, 99]);
    expect(reader.slice().buffer).toBe(bytes.buffer);
  });

  test("short and long text reads the same, ASCII or not", () => {
    for (const text of ["", "plain", "häuser", "x".repeat(40), "ü".repeat(40), "\u{1f600}"]) {
      const bytes = new TextEncoder().encode(text);
      expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
    }
    expect(decodeUtf8(Uint8Array.of(0xff), 0, 1)).toBe("\ufffd");
  });

  test("parts join to one array of their size", () => {
    expect([...concatBytes([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)])]).toEqual([
      1, 2, 3,
    ]);
    expect(concatBytes([]).length).toBe(0);
  });
});

describe("malformed messages", () => {
  test.each<[string, number[]]>([
    ["a cut tag", [0x80]],
    ["a number that does not end", [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
    ["a length over the end", [10, 5, 1]],
    ["an absurd length", [10, 255, 255, 255, 255, 255, 255, 255, 127]],
    ["a cut float", [13, 1, 2]],
    ["a cut double", [9, 1, 2]],
    ["field 0", [0, 1]],
    ["a group", [11]],
    ["wire type 7", [15]],
  ])("%s throws RangeError", (_, bytes) => {
    expect(() => {
      const reader = new ProtoReader(Uint8Array.from(bytes));
      while (reader.next());
    }).toThrow(RangeError);
  });

  test("validString refuses what is not UTF-8, and reads the rest as string does", () => {
    const read = (...bytes: number[]): string => {
      const reader = new ProtoReader(Uint8Array.from([0x0a, bytes.length, ...bytes]));
      reader.next();
      return reader.validString();
    };
    expect(read(0x68, 0xc3, 0xa4)).toBe("hä");
    expect(() => read(0xff, 0xfe)).toThrow(RangeError);
  });

  test("a value of another wire type throws RangeError", () => {
    const reader = new ProtoReader(Uint8Array.of(8, 1));
    reader.next();
    expect(() => reader.slice()).toThrow(RangeError);
    expect(() => reader.float()).toThrow("wire type");
  });
});
