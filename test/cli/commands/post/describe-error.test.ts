import { expect, test } from "vitest";
import { describeError } from "../../../../src/cli/commands/post/describe-error.ts";
import { JflowError } from "../../../../src/util/errors.ts";

const FRAMES = [
  "TypeError: no map",
  "    at Array.map (<anonymous>)",
  "    at helper (file:///home/me/a flow/node_modules/lib/index.js:3:1)",
  "    at Shout.shout (/home/me/a flow/shout.ts:12:20)",
  "    at ExecutorHost.run (/opt/jflow/dist/worker/executor/executor-host.js:60:5)",
];

test.each([
  { name: "TypeError", stacks: FRAMES, replica: "shout/0/0", where: "shout/0/0, shout.ts:12" },
  { name: "TypeError", stacks: FRAMES, replica: undefined, where: "Shout, shout.ts:12" },
  { name: "JflowError", stacks: FRAMES, replica: "shout/0/0", where: "shout/0/0" },
  { name: "TypeError", stacks: FRAMES.slice(4), replica: "shout/0/0", where: "shout/0/0" },
  {
    name: "KeyError",
    stacks: [
      '  File "/usr/jina/run.py", line 7, in run\n',
      '  File "/me/shout.py", line 5, in f\n',
    ],
    replica: undefined,
    where: "Shout, shout.py:5",
  },
])("the message of $name names $where", ({ name, stacks, replica, where }) => {
  const exception = { name, args: [], stacks, executor: "Shout", ...(replica ? { replica } : {}) };
  const error = new JflowError("EXECUTOR_FAILED", "no map", { exception });
  expect(describeError(error, "/opt/jflow/dist")).toBe(`no map (${where})`);
});

test("an error of jflow keeps its message", () => {
  expect(describeError(new JflowError("UNAVAILABLE", "no gateway answers"))).toBe(
    "no gateway answers",
  );
});
