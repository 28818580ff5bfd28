import { expect, test } from "vitest";
import { waitAtMost } from "../../src/util/wait-at-most.ts";

test("the wait ends when the promise resolves", async () => {
  await expect(waitAtMost(Promise.resolve("done"), 60_000)).resolves.toBeUndefined();
});

test("the wait ends after the time-out", async () => {
  await expect(waitAtMost(new Promise(() => undefined), 5)).resolves.toBeUndefined();
});

test("a rejection before the time-out is thrown", async () => {
  await expect(waitAtMost(Promise.reject(new Error("no")), 60_000)).rejects.toThrow("no");
});
