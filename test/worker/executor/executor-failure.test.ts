import { expect, test } from "vitest";
import { endsProcess } from "../../../src/worker/executor/executor-failure.ts";

class BadModel extends RangeError {}

test.each([
  { thrown: new RangeError("x"), names: ["RangeError"], want: true },
  { thrown: new BadModel("x"), names: ["BadModel"], want: true },
  { thrown: new TypeError("x"), names: ["RangeError"], want: false },
  { thrown: "RangeError", names: ["RangeError"], want: false },
  { thrown: new Error("x"), names: [], want: false },
])("after $thrown the process ends, where $names are named: $want", ({ thrown, names, want }) => {
  expect(endsProcess(thrown, names)).toBe(want);
});
