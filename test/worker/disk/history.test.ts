import { expect, test } from "vitest";
import { History } from "../../../src/worker/disk/history.ts";

const write = { seq: 1, operationId: "a", outcome: { kind: "done" as const } };
const payload = new Uint8Array([1, 2, 3]);

function hashOf(
  ...notes: readonly [
    typeof write | { seq: number; operationId: string; outcome: { kind: "threw"; error: string } },
    Uint8Array,
  ][]
): string {
  const history = new History();
  for (const [head, bytes] of notes) history.note(head, bytes);
  return history.mark.hash;
}

test("copies that applied the same writes have the same history, also across a snapshot", () => {
  expect(hashOf([write, payload])).toBe(hashOf([write, payload]));
  const whole = new History();
  whole.note(write, payload);
  const resumed = new History(whole.mark);
  whole.note({ ...write, seq: 2 }, payload);
  resumed.note({ ...write, seq: 2 }, payload);
  expect(resumed.mark).toEqual(whole.mark);
});

test("another number, id, outcome or payload changes the history, the text of an exception does not", () => {
  const base = hashOf([write, payload]);
  expect(hashOf([{ ...write, seq: 2 }, payload])).not.toBe(base);
  expect(hashOf([{ ...write, operationId: "b" }, payload])).not.toBe(base);
  expect(hashOf([write, new Uint8Array([1, 2])])).not.toBe(base);
  const threw = hashOf([{ ...write, outcome: { kind: "threw", error: "at 0x1" } }, payload]);
  expect(threw).not.toBe(base);
  expect(hashOf([{ ...write, outcome: { kind: "threw", error: "at 0x2" } }, payload])).toBe(threw);
});
