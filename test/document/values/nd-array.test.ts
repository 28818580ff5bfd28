import { expect, test } from "vitest";
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
