import { JflowError } from "../model/errors.ts";

/** What keeps an index or a store from being written to. */
type Occupation = "idle" | "adding" | "saving" | "closed";

/** Lets one write or save run at a time, and says which one is in the way of another. */
export class Busy {
  readonly #what: string;
  #now: Occupation = "idle";

  /** `what` names the guarded thing in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Throws `FAILED_PRECONDITION` unless nothing else runs. */
  assertIdle(): void {
    if (this.#now === "idle") return;
    const why = this.#now === "closed" ? "is closed" : `is ${this.#now}: wait for that first`;
    throw new JflowError("FAILED_PRECONDITION", `the ${this.#what} ${why}`);
  }

  /** Runs `job` alone. Throws as `assertIdle` does, and whatever `job` throws. */
  async run<T>(occupation: "adding" | "saving", job: () => Promise<T>): Promise<T> {
    this.assertIdle();
    this.#now = occupation;
    try {
      return await job();
    } finally {
      if (this.#now === occupation) this.#now = "idle";
    }
  }

  /** From here on every write is refused; a job at work is stopped at its next `assertOpen`. */
  close(): void {
    this.#now = "closed";
  }

  /** Throws `CANCELLED` if it was closed: for a job to ask after each pause. */
  assertOpen(): void {
    if (this.#now === "closed") throw new JflowError("CANCELLED", `the ${this.#what} was closed meanwhile`);
  }
}
