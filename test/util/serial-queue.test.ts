import { expect, test } from "vitest";
import { SerialQueue } from "../../src/util/serial-queue.ts";

test("tasks run one after another in the order they were given, also after one that failed", async () => {
  const queue = new SerialQueue();
  const steps: string[] = [];
  const task = (name: string) => async (): Promise<string> => {
    steps.push(`${name} begins`);
    await Promise.resolve();
    steps.push(`${name} ends`);
    return name;
  };
  const first = queue.run(task("a"));
  const second = queue.run(() => Promise.reject(new Error("b fails")));
  const third = queue.run(task("c"));
  expect(queue.length).toBe(3);
  await expect(second).rejects.toThrow("b fails");
  expect([await first, await third]).toEqual(["a", "c"]);
  expect(steps).toEqual(["a begins", "a ends", "c begins", "c ends"]);
  await queue.idle();
  expect(queue.length).toBe(0);
});
