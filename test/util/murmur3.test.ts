import { expect, test } from "vitest";
import { murmur3 } from "../../src/util/murmur3.ts";

test.each([
  ["hell", 0x5a0cb7c3],
  ["hello", 0xd7c31989],
  ["hello w", 0x22ab2984],
  ["hello wo", 0xdf0ca123],
  ["hello wor", 0xe7744d61],
  ["The quick brown fox jumps over the lazy dog", 0xe07db09c],
  ["The quick brown fox jumps over the lazy cog", 0x4e63d2ad],
  ["", 0],
  ["a", 0x6f49d11a],
  ["héllo", 0x1d66751a],
  ["日本語", 0x3bdc2005],
  ["🚀", 0xd077e02c],
])("murmur3 of %j is Elasticsearch's", (text, expected) => {
  expect(murmur3(text)).toBe(expected | 0);
});
