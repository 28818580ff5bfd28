import { expect, test } from "vitest";
import { JflowError, RequestRefusal } from "../../../src/util/errors.ts";
import { endsProcess, toExecutorFailure } from "../../../src/worker/executor/executor-failure.ts";

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

test("an exception carries its stack, a JflowError explains itself", () => {
  const stacksOf = (thrown: Error): readonly string[] =>
    toExecutorFailure(thrown, "Index").exception!.stacks;
  expect(stacksOf(new RangeError("x"))[0]).toBe("RangeError: x");
  expect(stacksOf(new JflowError("INVALID_ARGUMENT", "x"))).toEqual([]);
});

test("a refusal of the whole request has its code as its name", () => {
  const refusal = new RequestRefusal("INVALID_ARGUMENT", 'unknown parameter "limt"');
  expect(toExecutorFailure(refusal, "Index")).toMatchObject({
    message: 'unknown parameter "limt"',
    exception: { name: "INVALID_ARGUMENT", stacks: [] },
  });
});
