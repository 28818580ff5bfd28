import { expect, test } from "vitest";
import { toFloat32, type NdArray } from "../../../src/document/values/nd-array.ts";
import { Document } from "../../../src/index.ts";

test("an embedding read from a pooled Buffer at any offset does not share its memory", () => {
  const bytes = new Document({ id: "d", embedding: [1, 2, 3] }).encode();
  for (const offset of [0, 1, 2, 3, 4]) {
    const pool = Buffer.alloc(bytes.length + 8, 0xee);
    pool.set(bytes, offset);
    const document = Document.decode(pool.subarray(offset, offset + bytes.length));
    const { embedding } = document;
    pool.fill(0xdd);
    expect(embedding, `at offset ${offset}`).toEqual(new Float32Array([1, 2, 3]));
  }
});

test.each([
  { numbers: [0, 1e-50], message: "the number at position 1, 1e-50, and all others are 0" },
  {
    numbers: [-1e-46, 0, 1e-60],
    message: "the number at position 0, -1e-46, and all others are 0",
  },
])("an array of $numbers, which is 0 in 32-bit floats, is refused", ({ numbers, message }) => {
  expect(() => toFloat32(doubles(numbers))).toThrow(message);
});

test.each([[[0, 0]], [[1, 1e-50]], [[1e-45]], [[]]])("an array of %j is rounded", (numbers) => {
  expect([...toFloat32(doubles(numbers))]).toEqual(numbers.map(Math.fround));
});

function doubles(numbers: readonly number[]): NdArray {
  const buffer = new Uint8Array(Float64Array.from(numbers).buffer);
  return { dtype: "<f8", shape: [numbers.length], buffer };
}
