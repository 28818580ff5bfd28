import { expect, test } from "vitest";
import { packZeros, unpackZeros } from "../../../src/util/bytes/zero-runs.ts";

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

test.each([
  { name: "zeros only", bytes: zeros(100) },
  { name: "zeros at the start", bytes: [...zeros(200), 1, 2, 3] },
  { name: "zeros at the end", bytes: [1, 2, 3, ...zeros(200)] },
  { name: "short runs, which are copied", bytes: [1, 0, 0, 2, ...zeros(7), 3, ...zeros(300), 4] },
  { name: "many runs", bytes: Array.from({ length: 4000 }, (_, i) => (i % 40 === 0 ? 7 : 0)) },
  { name: "a long run", bytes: [9, ...zeros(70_000), 9, ...zeros(130), 9] },
])("$name are packed to less than half, and unpacked as they were", ({ bytes }) => {
  const given = Uint8Array.from(bytes);
  const packed = packZeros(given)!;
  expect(packed.length).toBeLessThanOrEqual(given.length / 2);
  expect(Uint8Array.from(unpackZeros(packed))).toEqual(given);
});

test.each([[[]], [[1]], [zeros(5)], [Array.from({ length: 1000 }, (_, i) => i % 256)]])(
  "bytes that packing does not halve are not packed",
  (bytes) => {
    expect(packZeros(Uint8Array.from(bytes))).toBeUndefined();
  },
);

test("cut or changed bytes are refused or unpacked, and never read beyond their end", () => {
  const packed = packZeros(Uint8Array.from([1, ...zeros(500), 2, ...zeros(500), 3]))!;
  for (let length = 0; length < packed.length; length += 1)
    expect(() => unpackZeros(packed.subarray(0, length)), String(length)).toThrow(RangeError);
});
