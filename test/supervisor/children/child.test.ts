import { expect, test } from "vitest";
import { Child } from "../../../src/supervisor/children/child.ts";

test("a child whose folder is gone is not started, with the reason", () => {
  const start = (): Child =>
    new Child({
      entry: "/main.js",
      nodeOptions: [],
      env: {},
      cwd: "/does/not/exist",
      processId: "p",
      onLine: () => undefined,
      onMessage: () => undefined,
    });
  expect(start).toThrow("the folder /does/not/exist does not exist any more");
});
