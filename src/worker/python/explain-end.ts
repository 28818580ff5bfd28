import { JflowError } from "../../util/errors.ts";

/** How Python ended before the executor served. */
export interface PythonEnd {
  /** The Python that was started. */
  readonly program: string;
  readonly code: number;
  /** Its last lines. */
  readonly tail: readonly string[];
}

/**
 * Exit codes of start-executor.py: what its last line says may, or will not, be otherwise the next
 * time.
 */
const MAY_START_LATER = 75;
const CANNOT_START = 78;

/**
 * Why it ended, as an error: `FAILED_PRECONDITION` where another try would end the same way, else
 * `NOT_READY`.
 */
export function explainEnd({ program, code, tail }: PythonEnd): JflowError {
  const missing = explainMissing(program, tail);
  if (missing !== undefined) return new JflowError("FAILED_PRECONDITION", missing);
  const last = tail.findLast((line) => line.trim() !== "")?.trim();
  if (code === CANNOT_START || code === MAY_START_LATER)
    return new JflowError(
      code === CANNOT_START ? "FAILED_PRECONDITION" : "NOT_READY",
      last ?? "it said nothing",
    );
  const said = last === undefined ? "" : `; its last line: ${last}`;
  return new JflowError(
    "NOT_READY",
    `Python ended with code ${code} before the executor served${said}`,
  );
}

/**
 * What is missing on this machine, in one sentence with what mends it; undefined for other ends.
 */
function explainMissing(program: string, tail: readonly string[]): string | undefined {
  if (tail.some((line) => line.includes(program) && line.includes("No such file or directory")))
    return `there is no ${program}: install Python 3 with jina, or set JFLOW_PYTHON`;
  const module = /No module named '?(jina|docarray)\b/.exec(tail.join("\n"))?.[1];
  if (module === undefined) return undefined;
  return `${program} has no ${module}: run ${program} -m pip install jina==3.27.0 docarray==0.21.1, or set JFLOW_PYTHON to a Python that has them`;
}
