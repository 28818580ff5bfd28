import { inspect } from "node:util";

/** The causes of causes, and the errors of an `AggregateError`, that are written. */
const MAX_CAUSES = 5;
const INSPECT = { depth: 2, breakLength: Infinity, maxArrayLength: 10, maxStringLength: 1000 };

/**
 * Returns the message and the stack of what user code threw, with its causes and without the frames
 * of jflow. A value that is not an error is written as in the console of Node.js.
 */
export function describeThrown(thrown: unknown): string {
  return describeChain(thrown, MAX_CAUSES);
}

/** Returns a value that is not an error as one line of text. */
export function describeValue(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, INSPECT);
}

function describeChain(thrown: unknown, left: number): string {
  if (!(thrown instanceof Error)) return describeValue(thrown);
  const own = userFrames(thrown.stack ?? `${thrown.name}: ${thrown.message}`);
  if (left === 0) return own;
  const parts = [own];
  if (thrown instanceof AggregateError)
    for (const error of thrown.errors.slice(0, MAX_CAUSES) as unknown[])
      parts.push(`one of its errors: ${describeChain(error, left - 1)}`);
  if (thrown.cause !== undefined) parts.push(`caused by ${describeChain(thrown.cause, left - 1)}`);
  return parts.join("\n");
}

/** Leaves out the frames of jflow, which ran user code. A bundle names a class `_Name`. */
function userFrames(stack: string): string {
  const lines = stack.split("\n");
  const end = lines.findIndex((line) => /^\s+at .*\b(?:_?ExecutorHost|loadExecutor)\b/.test(line));
  return (end === -1 ? lines : lines.slice(0, end)).join("\n");
}
