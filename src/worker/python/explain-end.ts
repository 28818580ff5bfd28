import { JflowError } from "../../util/errors.ts";

/** The end of Python before the executor served. */
export interface PythonEnd {
  /** The Python that was started. */
  readonly program: string;
  readonly code: number;
  /** The last lines of its output. */
  readonly tail: readonly string[];
}

/**
 * Exit codes of start-executor.py: whether the next start may succeed despite the problem in the
 * last line.
 */
const MAY_START_LATER = 75;
const CANNOT_START = 78;

/**
 * Returns the reason of the end as an error: `FAILED_PRECONDITION` if another start would end the
 * same way, else `NOT_READY`.
 */
export function explainEnd({ program, code, tail }: PythonEnd): JflowError {
  const missing = explainMissing(program, tail);
  if (missing !== undefined) return new JflowError("FAILED_PRECONDITION", missing);
  const last = tail.findLast((line) => line.trim() !== "")?.trim();
  if (code === CANNOT_START || code === MAY_START_LATER)
    return new JflowError(
      code === CANNOT_START ? "FAILED_PRECONDITION" : "NOT_READY",
      last ?? "Python ended without any output",
    );
  const ending = last === undefined ? "" : `; its last line: ${last}`;
  return new JflowError(
    "NOT_READY",
    `Python ended with code ${code} before the executor served${ending}`,
  );
}

/**
 * Returns what is missing on this machine and how to install it, or undefined for any other end.
 */
function explainMissing(program: string, tail: readonly string[]): string | undefined {
  if (tail.some((line) => line.includes(program) && line.includes("No such file or directory")))
    return `cannot start ${program}: the program was not found. Install Python 3 with jina, or set JFLOW_PYTHON`;
  const module = /No module named '?(jina|docarray)\b/.exec(tail.join("\n"))?.[1];
  if (module === undefined) return undefined;
  return `${program} has no ${module}: run ${program} -m pip install jina==3.27.0 docarray==0.21.1, or set JFLOW_PYTHON to a Python that has them`;
}
