import { JflowError, type ExceptionDetails } from "../../util/errors.ts";
import { describeValue } from "./describe-thrown.ts";

/**
 * Returns the error that the caller of a failed method receives. It carries the name, the stack and
 * the class of the executor, as in Jina, and the address of the replica. A `JflowError` explains
 * itself, and has no stack. A `RequestRefusal` has its code as its name.
 */
export function toExecutorFailure(
  thrown: unknown,
  executor: string,
  where: Pick<ExceptionDetails, "replica" | "traceId"> = {},
): JflowError {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const text = thrown instanceof Error ? thrown.message : describeValue(thrown);
  const hasStack = thrown instanceof Error && !(thrown instanceof JflowError);
  const stack = hasStack && thrown.stack !== undefined ? thrown.stack.split("\n") : [];
  const isTelling = name !== "Error" && !(thrown instanceof JflowError);
  return new JflowError("EXECUTOR_FAILED", isTelling ? `${name}: ${text}` : text, {
    cause: thrown,
    exception: {
      name,
      args: [text],
      stacks: stack,
      executor,
      ...where,
    },
  });
}

/** Returns whether such an exception ends the process (`exit_on_exceptions`). */
export function endsProcess(thrown: unknown, exitOnExceptions: readonly string[]): boolean {
  return (
    thrown instanceof Error &&
    (exitOnExceptions.includes(thrown.name) || exitOnExceptions.includes(thrown.constructor.name))
  );
}
