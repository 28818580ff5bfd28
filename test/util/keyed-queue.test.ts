import { expect, test } from "vitest";
import { KeyedQueue } from "../../src/util/keyed-queue.ts";

/** A queue, and tasks that record their begin and run until they are ended by name. */
class Tasks {
  readonly queue = new KeyedQueue();
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  run(name: string, keys: readonly string[]): Promise<string> {
    return this.queue.run(keys, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.#ends.set(name, resolve));
      return name;
    });
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)!();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("tasks with a common key run in order, and others run at the same time", async () => {
  const tasks = new Tasks();
  const results = [tasks.run("1", ["a", "b"]), tasks.run("2", ["b", "c"]), tasks.run("3", ["d"])];
  const last = tasks.run("4", ["a", "c", "c"]);
  expect(tasks.begun).toEqual(["1", "3"]);
  await tasks.end("3");
  await tasks.end("1");
  expect(tasks.begun).toEqual(["1", "3", "2"]);
  await tasks.end("2");
  expect(tasks.begun).toEqual(["1", "3", "2", "4"]);
  await tasks.end("4");
  expect(await Promise.all([...results, last])).toEqual(["1", "2", "3", "4"]);
  expect(tasks.queue.size).toBe(0);
});

test("the next task runs after one that failed, and each gets its own outcome", async () => {
  const queue = new KeyedQueue();
  const failed = queue.run(["a"], () => Promise.reject(new Error("told to fail")));
  const next = queue.run(["a"], () => Promise.resolve("done"));
  await expect(failed).rejects.toThrow("told to fail");
  expect(await next).toBe("done");
  expect(queue.size).toBe(0);
});
