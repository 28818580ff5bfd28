import { JflowError } from "../../util/errors.ts";
import { countOf } from "../../util/text/count-of.ts";
import { EXCEPTION_WINDOW_MS, MAX_EXCEPTIONS_PER_WINDOW } from "../../util/limits/processes.ts";

/**
 * Writes the exceptions of an executor to the output of its process. An exception of one kind (its
 * class and the line that threw) is written with its stack once per window. The end of the window
 * states how many followed.
 */
export class ExceptionLog {
  readonly #write: (text: string) => void;
  /** The exceptions of this window that were not written, by the headline of their kind. */
  readonly #repeats = new Map<string, { headline: string; count: number }>();
  #others = 0;
  #isWindowOpen = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** `error`: what `toExecutorFailure` returned. */
  report(error: JflowError): void {
    const text = describeThrown(error);
    const kind = kindOf(error);
    const repeats = this.#repeats.get(kind);
    if (repeats !== undefined) repeats.count += 1;
    else if (this.#repeats.size >= MAX_EXCEPTIONS_PER_WINDOW) this.#others += 1;
    else {
      this.#repeats.set(kind, { headline: text.split("\n", 1)[0]!, count: 0 });
      this.#write(text);
    }
    if (this.#isWindowOpen) return;
    this.#isWindowOpen = true;
    setTimeout(() => this.#endWindow(), EXCEPTION_WINDOW_MS).unref();
  }

  #endWindow(): void {
    const within = `within ${EXCEPTION_WINDOW_MS / 1000} s`;
    for (const { headline, count } of this.#repeats.values())
      if (count > 0) this.#write(`${headline} (${count} more ${within})`);
    if (this.#others > 0)
      this.#write(`${countOf(this.#others, "exception")} of other kinds ${within}`);
    this.#repeats.clear();
    this.#others = 0;
    this.#isWindowOpen = false;
  }
}

/** The class of an exception and the line that threw it. */
function kindOf({ message, exception }: JflowError): string {
  const frame = exception?.stacks.find((line) => /^\s+at /.test(line));
  return `${exception?.name}${frame ?? message}`;
}

/**
 * An error of jflow is complete in its message. For an exception of user code, the stack is added.
 */
function describeThrown({ cause, message, exception }: JflowError): string {
  const isComplete = cause instanceof JflowError && cause.code !== "INTERNAL";
  if (isComplete || !(cause instanceof Error)) return `${exception?.executor} threw: ${message}`;
  return `${exception?.executor} threw ${describeChain(cause)}`;
}

function describeChain(error: Error): string {
  const own = userFrames(error.stack ?? `${error.name}: ${error.message}`);
  return error.cause instanceof Error ? `${own}\ncaused by ${describeChain(error.cause)}` : own;
}

/** Leaves out the frames of jflow, which called the executor. A bundle names a class `_Name`. */
function userFrames(stack: string): string {
  const lines = stack.split("\n");
  const end = lines.findIndex((line) => /^\s+at .*\b_?ExecutorHost\b/.test(line));
  return (end === -1 ? lines : lines.slice(0, end)).join("\n");
}
