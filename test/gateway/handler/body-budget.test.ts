import { expect, test } from "vitest";
import { BodyBudget } from "../../../src/gateway/handler/body-budget.ts";

test("bodies are refused while others take the bound, and accepted after their end", () => {
  const budget = new BodyBudget(100);
  const [first, second] = [budget.open(), budget.open()];
  first.growTo(60);
  expect(() => second.growTo(50)).toThrow(
    expect.objectContaining({ code: "UNAVAILABLE" }) as Error,
  );
  second.growTo(30);
  expect(() => second.growTo(41)).toThrow("try again");
  first.release();
  second.growTo(90);
});

test("a body that is announced and not sent takes nothing", () => {
  const budget = new BodyBudget(100);
  budget.open().assertRoomFor(90);
  const other = budget.open();
  other.growTo(90);
  expect(() => budget.open().assertRoomFor(20)).toThrow("90 bytes of other requests");
});

test("a listener is called once, after the next release", () => {
  const budget = new BodyBudget(100);
  const [first, second] = [budget.open(), budget.open()];
  let calls = 0;
  budget.onRelease(() => (calls += 1));
  budget.offRelease(() => undefined);
  first.release();
  second.release();
  expect(calls).toBe(1);
});

test("one body alone may be longer than the bound", () => {
  const budget = new BodyBudget(100);
  budget.open().growTo(500);
  expect(() => budget.open().growTo(1)).toThrow("500 bytes of other requests");
});
