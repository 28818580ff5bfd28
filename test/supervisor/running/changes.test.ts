import { expect, test } from "vitest";
import { Changes } from "../../../src/supervisor/running/changes.ts";

test("a wait ends with the change that reaches its condition", async () => {
  const changes = new Changes();
  let count = 0;
  const wait = changes.until(() => count === 2, 10_000);
  for (count = 1; count <= 2; count += 1) changes.emit();
  await expect(wait).resolves.toBe(true);
  await expect(changes.until(() => true, 0)).resolves.toBe(true);
});

test("a wait ends with false when its time is over", async () => {
  await expect(new Changes().until(() => false, 5)).resolves.toBe(false);
});

test("a subscription that was ended is not called", () => {
  const changes = new Changes();
  let calls = 0;
  const end = changes.subscribe(() => (calls += 1));
  changes.emit();
  end();
  changes.emit();
  expect(calls).toBe(1);
});
