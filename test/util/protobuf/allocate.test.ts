import { describe, expect, test } from "vitest";
import { allocate } from "../../../src/util/protobuf/allocate.ts";

describe("allocate", () => {
  test("gives zeros that no other array holds", () => {
    const arrays = Array.from({ length: 500 }, (_, i) => allocate(i * 7));
    for (const [i, array] of arrays.entries()) {
      expect(array.length).toBe(i * 7);
      expect(array.every((byte) => byte === 0)).toBe(true);
      array.fill(i % 251);
    }
    for (const [i, array] of arrays.entries())
      expect(array.every((byte) => byte === i % 251)).toBe(true);
  });
});
