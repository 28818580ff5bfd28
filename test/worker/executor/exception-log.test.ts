import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import { describeThrown } from "../../../src/worker/executor/describe-thrown.ts";
import { ExceptionLog } from "../../../src/worker/executor/exception-log.ts";
import { toExecutorFailure } from "../../../src/worker/executor/executor-failure.ts";

let written: string[];
let log: ExceptionLog;
beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  log = new ExceptionLog((text) => written.push(text));
});
afterEach(() => void vi.useRealTimers());

const report = (thrown: unknown): void => log.report(toExecutorFailure(thrown, "Shout"));

function makeError(message: string, line: number, host = "ExecutorHost"): Error {
  const error = new TypeError(message);
  error.stack = `TypeError: ${message}\n    at Shout.shout (/p/shout.ts:${line}:9)\n    at ${host}.run (executor-host.js:58:5)`;
  return error;
}

test.each([
  { build: "its own files", host: "ExecutorHost" },
  { build: "a bundle", host: "_ExecutorHost" },
])("an exception is written without the lines of jflow, which runs from $build", ({ host }) => {
  report(makeError("boom", 12, host));
  expect(written).toEqual(["Shout threw TypeError: boom\n    at Shout.shout (/p/shout.ts:12:9)"]);
});

test("an exception of a request with a trace names the trace", () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  for (let number = 0; number < 2; number += 1)
    log.report(toExecutorFailure(makeError("boom", 12), "Shout", { traceId }));
  vi.advanceTimersByTime(10_000);
  expect(written).toEqual([
    `Shout threw TypeError: boom trace_id=${traceId}\n    at Shout.shout (/p/shout.ts:12:9)`,
    "Shout threw TypeError: boom (1 more within 10 s)",
  ]);
});

test("a repeated exception is counted until the window ends, also with another message", () => {
  for (let number = 0; number < 50; number += 1) report(makeError(`boom ${number}`, 12));
  report(makeError("other", 13));
  expect(written).toHaveLength(2);
  vi.advanceTimersByTime(10_000);
  expect(written.slice(2)).toEqual(["Shout threw TypeError: boom 0 (49 more within 10 s)"]);
  report(makeError("boom", 12));
  expect(written.slice(3)).toEqual([expect.stringContaining("shout.ts:12")]);
});

test("the number of stacks within a window is bounded", () => {
  for (let line = 0; line < 1000; line += 1) report(makeError("boom", line));
  vi.advanceTimersByTime(10_000);
  expect(written).toHaveLength(11);
  expect(written.at(-1)).toBe("990 exceptions of other kinds within 10 s");
});

test("causes are written, and an error of jflow without its stack", () => {
  report(new Error("outer", { cause: makeError("inner", 7) }));
  expect(written[0]).toMatch(/caused by TypeError: inner\n {4}at Shout\.shout \(\/p\/shout\.ts:7/);
  report(new JflowError("INVALID_ARGUMENT", "its text is empty"));
  report("a string");
  expect(written.slice(1)).toEqual([
    "Shout threw: its text is empty",
    "Shout threw: string: a string",
  ]);
});

test("a thrown value that is not an error is written as in the console of Node.js", () => {
  report({ code: 7 });
  report(null);
  expect(written).toEqual(["Shout threw: object: { code: 7 }", "Shout threw: object: null"]);
});

test("the errors of an AggregateError are written, and a cause that is a circle ends", () => {
  const circle = makeError("circle", 8);
  circle.cause = circle;
  report(new AggregateError([makeError("one", 7), "two"], "many"));
  report(circle);
  expect(written[0]).toMatch(/threw AggregateError: many\n/);
  expect(written[0]).toContain(
    "\none of its errors: TypeError: one\n    at Shout.shout (/p/shout.ts",
  );
  expect(written[0]).toMatch(/\none of its errors: two$/);
  expect(written[1]!.match(/caused by TypeError: circle/g)).toHaveLength(5);
});

test("exceptions outside any request are counted by kind too, without the lines of jflow", () => {
  for (let number = 0; number < 50; number += 1) log.reportStray(makeError(`late ${number}`, 12));
  expect(written).toEqual([
    "uncaught exception outside any request: TypeError: late 0\n    at Shout.shout (/p/shout.ts:12:9)",
  ]);
  vi.advanceTimersByTime(10_000);
  expect(written.at(-1)).toBe(
    "uncaught exception outside any request: TypeError: late 0 (49 more within 10 s)",
  );
});

test("the stack of a file that cannot be loaded ends before the lines of jflow", () => {
  const error = new SyntaxError("bad");
  error.stack =
    "SyntaxError: bad\n    at /p/shout.ts:1\n    at async loadExecutor (a.ts:1:2)\n    at b";
  expect(describeThrown(error)).toBe("SyntaxError: bad\n    at /p/shout.ts:1");
});
