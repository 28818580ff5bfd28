import { expect, test } from "vitest";
import { RequestGate } from "../../../src/worker/service/request-gate.ts";

test("a shut gate refuses with the reason and is idle once the last request has ended", async () => {
  const gate = new RequestGate();
  let finish: (value: string) => void = () => undefined;
  const inside = gate.pass(
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
  );
  const steps: string[] = [];
  const idle = gate.shut("indexer/0/0 is draining").then(() => steps.push("idle"));
  await expect(gate.pass(() => Promise.resolve("late"))).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: "indexer/0/0 is draining",
  });
  expect(steps).toEqual([]);
  finish("done");
  expect(await inside).toBe("done");
  await idle;
  expect(steps).toEqual(["idle"]);
});
