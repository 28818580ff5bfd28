import { JflowError } from "../../util/errors.ts";
import { nameTrace } from "../../util/tracing/name-trace.ts";
import { describeThrown } from "./describe-thrown.ts";
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
    this.#add(kindOf(error), describeFailure(error), error.exception?.traceId);
  }

  /** Reports an exception that no request waits for, such as one of a timer. */
  reportStray(thrown: unknown): void {
    const text = `uncaught exception outside any request: ${describeThrown(thrown)}`;
    const frame = text.split("\n").find((line) => /^\s+at /.test(line));
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    this.#add(`stray ${name}${frame ?? text}`, text);
  }

  #add(kind: string, text: string, traceId?: string): void {
    const repeats = this.#repeats.get(kind);
    if (repeats !== undefined) repeats.count += 1;
    else if (this.#repeats.size >= MAX_EXCEPTIONS_PER_WINDOW) this.#others += 1;
    else {
      this.#repeats.set(kind, { headline: text.split("\n", 1)[0]!, count: 0 });
      this.#write(nameTrace(text, traceId));
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
function describeFailure({ cause, message, exception }: JflowError): string {
  const isComplete = cause instanceof JflowError && cause.code !== "INTERNAL";
  if (isComplete || !(cause instanceof Error)) return `${exception?.executor} threw: ${message}`;
  return `${exception?.executor} threw ${describeThrown(cause)}`;
}
