import { JflowError } from "../../util/errors.ts";

/**
 * What an executor's method threw, as the error that its caller is told: with the name, the stack
 * and the executor's class, as Jina tells them.
 */
export function toExecutorFailure(thrown: unknown, executor: string): JflowError {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const stack =
    thrown instanceof Error && thrown.stack !== undefined ? thrown.stack.split("\n") : [];
  const isTelling = name !== "Error" && name !== "JflowError";
  return new JflowError("EXECUTOR_FAILED", isTelling ? `${name}: ${text}` : text, {
    cause: thrown,
    exception: { name, args: [text], stacks: stack, executor },
  });
}

/** Whether the flow wants the process to end after such an exception (`exit_on_exceptions`). */
export function endsProcess(thrown: unknown, exitOnExceptions: readonly string[]): boolean {
  return (
    thrown instanceof Error &&
    (exitOnExceptions.includes(thrown.name) || exitOnExceptions.includes(thrown.constructor.name))
  );
}
