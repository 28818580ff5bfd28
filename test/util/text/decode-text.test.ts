import { expect, test } from "vitest";
import { decodeText, findDamage } from "../../../src/util/text/decode-text.ts";

test.each([
  ["UTF-8", Buffer.from("é €😀\r\n")],
  ["UTF-8 with a byte order mark", Buffer.from("\uFEFFé €😀\r\n")],
  ["UTF-16 of Windows", Buffer.from("\uFEFFé €😀\r\n", "utf16le")],
  ["UTF-16, high byte first", Buffer.from("\uFEFFé €😀\r\n", "utf16le").swap16()],
])("%s is read without its mark", (_, bytes) => {
  expect(decodeText(bytes)).toBe("é €😀\r\n");
  expect(findDamage(decodeText(bytes))).toBe(undefined);
});

test.each([
  { name: "Latin-1", bytes: Buffer.from("a\ncafé: ü", "latin1"), want: { at: 5, byte: 0xe9 } },
  {
    name: "half a character",
    bytes: Buffer.from("é€").subarray(0, 3),
    want: { at: 1, byte: 0xe2 },
  },
  {
    name: "a surrogate",
    bytes: Buffer.from([0xc3, 0xa9, 0xed, 0xa0, 0x80]),
    want: { at: 1, byte: 0xed },
  },
  { name: "NUL and 0xFF", bytes: Buffer.from([0, 0xff]), want: { at: 1, byte: 0xff } },
])("the first byte that is not UTF-8 is found: $name", ({ bytes, want }) => {
  expect(findDamage(decodeText(bytes))).toEqual(want);
});

test("the character U+FFFD in a file is not damage", () => {
  expect(findDamage(decodeText(Buffer.from("\uFFFD")))).toBe(undefined);
});
